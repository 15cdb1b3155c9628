//! Programs with two writers on one connection. Each is caught in every run, with both writers named to the line.
//!
//! The overlap of each is certain. The peer does not read until both writers are inside. So the first one is stuck in the
//! middle of its frame when the second enters its write.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

mod accusation;
#[path = "../common/actors.rs"]
mod actors;
#[path = "../common/asynchronous.rs"]
mod asynchronous;
#[path = "../common/mod.rs"]
mod common;
mod entering;
mod evidence;
mod runs;
#[macro_use]
mod writers;

mod abandoned_frame;
mod aborted_task;
mod automatic_close_reply;
mod automatic_pong;
mod automatic_pong_async;
mod before_the_handshake;
mod behind_the_answer;
mod below_axum;
mod below_hyper;
mod buffered_write;
mod cancelled_write;
mod close_during_send;
mod compressed;
mod continuation_at_the_beginning;
mod continuation_behind_the_answer;
mod duplicated_unix_socket;
mod frame_socket;
mod frames_inside_a_frame;
mod half_a_frame;
mod half_a_frame_async;
mod half_a_frame_unix;
mod large_messages;
mod lock_per_fragment;
mod lock_per_fragment_async;
mod message_in_second_fragmented;
mod nothing_to_continue;
mod over_http2;
mod own_stream;
mod pieces;
mod replaced_socket;
mod shared_reference;
mod three_writers;
mod turns_by_write;
mod two_fragmented_messages;
mod two_mutexes;
mod two_taps;
mod two_taps_async;
mod wrapped_clone;

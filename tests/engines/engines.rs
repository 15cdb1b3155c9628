//! Real engines take what `redhanded push` sends, and make of it what docs/push.md says.
//!
//! Bugsink speaks Sentry's protocol, sentry-relay is Sentry's own normaliser as a library, and rotel is a collector of OpenTelemetry.
//! They have to be installed:
//!
//! ```text
//! python3 -m venv tests/engines/engines/venv
//! tests/engines/engines/venv/bin/pip install -r tests/engines/engines/requirements.txt
//! cargo test -p redhanded-engines
//! ```
//!
//! More events than a Bugsink takes in five minutes need as much time:
//!
//! ```text
//! REDHANDED_TEST_FLOOD=1 cargo test -p redhanded-engines flood -- --nocapture
//! ```
#![cfg(debug_assertions)]

mod bugsink;
mod installed;
mod program;
mod push;
mod rotel;

mod collected;
mod flood;
mod grouped;
mod normalised;

//! Real peers read the streams that torn programs put on the wire, and do with them what the reports say.
//!
//! The peers are tungstenite, Node's ws and Python's websockets. The last two have to be installed:
//!
//! ```text
//! npm install --prefix tests/peers/peers
//! python3 -m venv tests/peers/peers/venv
//! tests/peers/peers/venv/bin/pip install -r tests/peers/peers/requirements.txt
//! cargo test -p redhanded-peers
//! ```
#![cfg(debug_assertions)]

#[allow(dead_code)] // Other programs need more of it.
#[path = "../common/mod.rs"]
mod common;

mod agreement;
mod content;
mod peer;
mod program;
mod replay;
mod stage;

mod read_by_clients;
mod read_by_servers;

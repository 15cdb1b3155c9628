//! The client and the split, against correct peers and faulty ones. All connections are on
//! loopback.
//!
//! ```text
//! cargo test -p redhanded-client-tests
//! cargo test -p redhanded-client-tests --features detect,rustls,spill
//! cargo test -p redhanded-client-tests --release million
//! ```

mod peer;

mod asynchronous;
mod closing;
mod delivery;
mod faults;
mod forking;
mod hostile;
mod liveness;
mod million;
mod queueing;
mod real;
mod refusals;
mod resources;
#[cfg(feature = "spill")]
mod spilling;
mod splitting;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod tls;

//! tokio-tungstenite, watched by redhanded: every item under its own path. `cargo redhanded` has written this package.
#![allow(warnings)]

mod watched {
    mod known;
    pub mod tokio_tungstenite;

    /// The shim of tungstenite. What the two drop-ins share is compiled once more, because it is not public there.
    pub mod tungstenite {
        pub use ::redhanded_watched_tungstenite::*;

        pub(in crate::watched) mod message;

        #[cfg(feature = "__rustls-tls")]
        pub(in crate::watched) mod tls {
            pub(in crate::watched) mod certificates;
        }
    }
}

pub use watched::tokio_tungstenite::*;

//! tungstenite, watched by redhanded: every item under its own path. `cargo redhanded` has written this package.
#![allow(warnings)]

mod watched {
    mod known;
    pub mod tungstenite;
}

pub use watched::tungstenite::*;

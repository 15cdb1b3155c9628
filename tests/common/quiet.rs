//! Settings of a test process: no page on a public port, and no output.

use redhanded::{Settings, Stderr};
use std::sync::Once;

/// To be called before a test makes its first WebSocket.
pub(crate) fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off))
            .expect("nothing is watched yet");
    });
}

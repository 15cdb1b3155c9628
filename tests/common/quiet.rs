//! Settings of a test process: no page on a public port, and no output.

use redhanded::{Settings, Stderr};
use std::sync::Once;

/// To be called before a test makes its first WebSocket.
pub(crate) fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The whole corpus is also run with writers held.
        let provoke = Settings::from_env().0.provoke;
        let settings = Settings::default()
            .bind(None)
            .stderr(Stderr::Off)
            .provoke(provoke);
        redhanded::configure(settings).expect("nothing is watched yet");
    });
}

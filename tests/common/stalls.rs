//! Settings of a test process in which stalls are found soon.

use redhanded::{Settings, Stderr};
use std::sync::Once;
use std::time::Duration;

/// A wait that is longer than this is a stall here.
const STALL: Duration = Duration::from_millis(60);

/// To be called first by every test.
pub(crate) fn settle() {
    static SETTLED: Once = Once::new();
    SETTLED.call_once(|| {
        let settings = Settings::default()
            .bind(None)
            .stderr(Stderr::Off)
            .stall(STALL)
            .provoke(Settings::from_env().0.provoke);
        redhanded::configure(settings).expect("nothing is watched yet");
    });
}

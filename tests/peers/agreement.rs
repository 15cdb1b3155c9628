//! What the peers make of a stream, compared with what the report says that a peer will make of it.

use crate::peer::{Peer, Said};
use crate::program::Recording;

/// What becomes of a torn stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fate {
    /// Whether the application is given a message that was not sent.
    pub(crate) corrupted: bool,
    /// tungstenite's error.
    pub(crate) error: Option<&'static str>,
    /// The close code of those peers that send a close frame. After an error, tungstenite sends none.
    pub(crate) close_code: Option<u16>,
}

/// What a peer does instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instead {
    /// It does not judge the frame before all of its bytes have come.
    Waits,
    /// It closes with this code, or with any of these.
    ClosesWith(&'static [u16]),
}

impl Fate {
    pub(crate) const fn corrupted() -> Fate {
        Fate {
            corrupted: true,
            error: None,
            close_code: None,
        }
    }

    pub(crate) const fn error(words: &'static str, close_code: u16) -> Fate {
        Fate {
            corrupted: false,
            error: Some(words),
            close_code: Some(close_code),
        }
    }

    pub(crate) const fn corrupted_then(words: &'static str, close_code: u16) -> Fate {
        Fate {
            corrupted: true,
            ..Fate::error(words, close_code)
        }
    }
}

/// Checks that the report names this fate, and that every peer meets it, except for these.
#[track_caller]
pub(crate) fn as_reported(recording: &Recording, fate: Fate, except: &[(Peer, Instead)]) {
    let far_end = &recording.bytes.far_end;
    let said = (
        far_end.corrupted,
        far_end.error.as_deref(),
        far_end.close_code,
    );
    assert_eq!(
        said,
        (Some(fate.corrupted), fate.error, fate.close_code),
        "{}",
        recording.bytes
    );
    check_peers(recording, fate, except);
}

/// Checks that every peer meets this fate, except for these. The report cannot know it, and says nothing that differs.
#[track_caller]
pub(crate) fn not_reported(recording: &Recording, fate: Fate, except: &[(Peer, Instead)]) {
    let far_end = &recording.bytes.far_end;
    assert!(
        far_end
            .corrupted
            .is_none_or(|corrupted| corrupted == fate.corrupted),
        "{}",
        recording.bytes
    );
    assert!(
        far_end.error.is_none() || far_end.error.as_deref() == fate.error,
        "{}",
        recording.bytes
    );
    assert!(
        far_end.close_code.is_none() || far_end.close_code == fate.close_code,
        "{}",
        recording.bytes
    );
    check_peers(recording, fate, except);
}

#[track_caller]
fn check_peers(recording: &Recording, fate: Fate, except: &[(Peer, Instead)]) {
    for peer in Peer::ALL {
        let instead = except
            .iter()
            .find_map(|(other, instead)| (*other == peer).then_some(*instead));
        check(peer, recording, fate, instead);
    }
}

#[track_caller]
fn check(peer: Peer, recording: &Recording, fate: Fate, instead: Option<Instead>) {
    let close_codes = match instead {
        None => fate.close_code.as_slice(),
        Some(Instead::Waits) => &[],
        Some(Instead::ClosesWith(codes)) => codes,
    };
    let is_to_close = peer != Peer::Tungstenite && !close_codes.is_empty();
    let said = peer.reads(recording, is_to_close);
    let context = format!("{peer:?}: {said:?}\n{}", recording.bytes);
    assert_eq!(said.is_corrupted(recording), fate.corrupted, "{context}");
    if peer == Peer::Tungstenite {
        let words = fate.error.filter(|_| instead.is_none());
        assert!(is_said(said.error.as_deref(), words), "{context}");
    } else {
        assert_eq!(said.error.is_some(), is_to_close, "{context}");
        let fails_with = said.close_code.filter(|_| said.error.is_some());
        assert!(
            fails_with.map_or(!is_to_close, |code| close_codes.contains(&code)),
            "{context}"
        );
    }
}

/// The report knows only some bytes of a text. It leaves out what the other bytes could change.
fn is_said(said: Option<&str>, as_reported: Option<&str>) -> bool {
    match (said, as_reported) {
        (Some(said), Some(as_reported)) if as_reported.starts_with("UTF-8 ") => {
            said.starts_with(as_reported)
        }
        _ => said == as_reported,
    }
}

impl Said {
    pub(crate) fn is_corrupted(&self, recording: &Recording) -> bool {
        self.messages
            .iter()
            .any(|message| !recording.sent.contains(message))
    }
}

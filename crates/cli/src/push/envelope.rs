//! Envelopes of Sentry's protocol: an event with the two lines in front of it. See
//! <https://develop.sentry.dev/sdk/data-model/envelopes/>.

use super::identity::Id;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The envelope of one event. There is no DSN in it: a file of it may be given away.
pub(super) fn envelope(id: Id, event: &Value) -> Vec<u8> {
    let event = event.to_string();
    let header = json!({ "event_id": id.to_string(), "sdk": super::sentry::sdk() });
    let item =
        json!({ "type": "event", "length": event.len(), "content_type": "application/json" });
    format!("{header}\n{item}\n{event}\n").into_bytes()
}

/// The file of one event. An envelope holds one event, so each has a file of its own: `out.envelope` becomes
/// `out-<id>.envelope`.
pub(super) fn file_of(pattern: &Path, id: Id) -> PathBuf {
    let mut name = OsString::from(pattern.file_stem().unwrap_or_default());
    name.push(format!("-{id}.envelope"));
    pattern.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_three_lines_with_the_length_of_the_third() {
        let id = Id::of(&["a"]);
        let bytes = envelope(id, &json!({ "message": "one\ntwo ü" }));
        let text = String::from_utf8(bytes).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        let header: Value = serde_json::from_str(lines[0]).expect("JSON");
        let item: Value = serde_json::from_str(lines[1]).expect("JSON");
        assert_eq!(header["event_id"], id.to_string());
        assert_eq!(item["length"], lines[2].len());
        assert_eq!((lines.len(), text.ends_with('\n')), (3, true));
    }

    #[test]
    fn each_event_has_a_file_beside_the_others() {
        let id = Id::of(&["a"]);
        assert_eq!(
            file_of(Path::new("x/out.envelope"), id),
            PathBuf::from(format!("x/out-{id}.envelope"))
        );
    }
}

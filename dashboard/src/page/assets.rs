//! The files of the page, built into the program: the one list of them.

use std::sync::LazyLock;

use redhanded_report::kinds_json;

macro_rules! web {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../web/", $name)))),*]
    };
}

/// The documents, and what they load from below `/assets/`.
const FILES: &[(&str, &str)] = web![
    "index.html" "report.html" "wires.html" "guide.html" "missing.html"
    "style.css" "list.css" "report.css" "favicon.svg"
    "shared.js" "controls.js" "program.js" "page.js" "saved.js" "prose.js"
    "list.js" "report.js" "writers.js" "timeline.js" "wire.js" "wires.js" "guide.js"
];

/// The file that is made of what the report format says of each kind.
const KINDS: &str = "kinds.js";
static KINDS_TEXT: LazyLock<String> = LazyLock::new(|| {
    let kinds = kinds_json();
    format!(
        "// What is said of each kind of finding, from the worst on.\n\nexport const KINDS = {kinds};\n"
    )
});

/// A file by its name.
pub(super) fn file(name: &str) -> Option<&'static str> {
    if name == KINDS {
        return Some(&KINDS_TEXT);
    }
    let (_, text) = FILES.iter().find(|(known, _)| *known == name)?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
        let kinds: &'static str = &KINDS_TEXT;
        FILES.iter().copied().chain([(KINDS, kinds)])
    }

    fn documents() -> impl Iterator<Item = &'static str> {
        let documents = FILES.iter().filter(|(name, _)| name.ends_with(".html"));
        documents.map(|(_, text)| *text)
    }

    /// Notes what a text loads, and what that loads in turn.
    fn load(text: &'static str, loaded: &mut BTreeMap<&'static str, usize>) {
        for (name, file) in all() {
            let is_named = [format!("\"/assets/{name}\""), format!("\"./{name}\"")]
                .iter()
                .any(|name| text.contains(name));
            if is_named && loaded.insert(name, file.len()).is_none() {
                load(file, loaded);
            }
        }
    }

    #[test]
    fn every_page_is_small_with_all_that_it_loads() {
        for document in documents() {
            let mut loaded = BTreeMap::new();
            load(document, &mut loaded);
            let size = document.len() + loaded.values().sum::<usize>();
            assert!(size < 70 * 1024, "{size} bytes: {loaded:?}");
        }
    }

    #[test]
    fn no_file_is_built_in_for_nothing() {
        let mut loaded = BTreeMap::new();
        documents().for_each(|document| load(document, &mut loaded));
        let is_loaded = |name: &str| loaded.contains_key(name);
        // The file of saved reports has it in the place of `page.js`.
        let unloaded = all().filter(|(name, _)| !name.ends_with(".html") && !is_loaded(name));
        let names: Vec<_> = unloaded.map(|(name, _)| name).collect();
        assert_eq!(names, ["saved.js"]);
    }

    #[test]
    fn no_script_parses_foreign_text_as_markup_or_code() {
        for (name, script) in all().filter(|(name, _)| name.ends_with(".js")) {
            for sink in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "DOMParser",
                "srcdoc",
            ] {
                // The guide is the crate's own text.
                assert!(
                    !script.contains(sink) || (name, sink) == ("prose.js", "DOMParser"),
                    "{name}: {sink}"
                );
            }
        }
    }

    #[test]
    fn no_page_has_an_inline_script_or_style_or_loads_from_elsewhere() {
        for page in documents() {
            assert!(
                !page.contains("<style") && !page.contains(" style=") && !page.contains("<script>")
            );
            for handler in [
                " onclick=",
                " onload=",
                " onerror=",
                "javascript:",
                "src=\"http",
                "href=\"http",
                "=\"//",
            ] {
                assert!(!page.contains(handler), "{handler}");
            }
        }
    }
}

//! The files of the page, built into the program.

pub(super) const LIST: &str = include_str!("../../index.html");
pub(super) const REPORT: &str = include_str!("../../report.html");
pub(super) const WIRES: &str = include_str!("../../wires.html");
pub(super) const GUIDE: &str = include_str!("../../guide.html");
pub(super) const MISSING: &str = include_str!("../../missing.html");

/// What the pages load, by its name below `/assets/`.
pub(super) const FILES: [(&str, &str); 14] = [
    ("style.css", include_str!("../../style.css")),
    ("list.css", include_str!("../../list.css")),
    ("report.css", include_str!("../../report.css")),
    ("shared.js", include_str!("../../shared.js")),
    ("page.js", include_str!("../../page.js")),
    ("prose.js", include_str!("../../prose.js")),
    ("list.js", include_str!("../../list.js")),
    ("report.js", include_str!("../../report.js")),
    ("writers.js", include_str!("../../writers.js")),
    ("timeline.js", include_str!("../../timeline.js")),
    ("wire.js", include_str!("../../wire.js")),
    ("wires.js", include_str!("../../wires.js")),
    ("guide.js", include_str!("../../guide.js")),
    ("favicon.svg", include_str!("../../favicon.svg")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const PAGES: [&str; 5] = [LIST, REPORT, WIRES, GUIDE, MISSING];

    /// A text, and whatever it loads, and whatever that loads.
    fn load(text: &'static str, loaded: &mut BTreeMap<&'static str, usize>) {
        for (name, file) in FILES {
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
        for page in PAGES {
            let mut loaded = BTreeMap::new();
            load(page, &mut loaded);
            let size = page.len() + loaded.values().sum::<usize>();
            assert!(size < 66 * 1024, "{size} bytes: {loaded:?}");
        }
    }

    #[test]
    fn no_file_is_built_in_for_nothing() {
        let mut loaded = BTreeMap::new();
        PAGES.iter().for_each(|page| load(page, &mut loaded));
        assert_eq!(loaded.len(), FILES.len(), "{loaded:?}");
    }

    #[test]
    fn no_script_parses_foreign_text_as_markup_or_code() {
        for (name, script) in FILES.iter().filter(|(name, _)| name.ends_with(".js")) {
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
                    !script.contains(sink) || (*name, sink) == ("prose.js", "DOMParser"),
                    "{name}: {sink}"
                );
            }
        }
    }

    #[test]
    fn no_page_has_an_inline_script_or_style_or_loads_from_elsewhere() {
        for page in PAGES {
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

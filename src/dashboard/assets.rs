//! The files of the page, built into the program.

pub(super) const LIST: &str = include_str!("../../dashboard/index.html");
pub(super) const REPORT: &str = include_str!("../../dashboard/report.html");
pub(super) const MISSING: &str = include_str!("../../dashboard/missing.html");
pub(super) const STYLE: &str = include_str!("../../dashboard/style.css");
pub(super) const SHARED_JS: &str = include_str!("../../dashboard/shared.js");
pub(super) const LIST_JS: &str = include_str!("../../dashboard/list.js");
pub(super) const REPORT_JS: &str = include_str!("../../dashboard/report.js");
pub(super) const WIRE_JS: &str = include_str!("../../dashboard/wire.js");
pub(super) const FAVICON: &str = include_str!("../../dashboard/favicon.svg");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small() {
        let all = [LIST, REPORT, MISSING, STYLE, SHARED_JS, LIST_JS, REPORT_JS, WIRE_JS, FAVICON];
        assert!(all.iter().map(|asset| asset.len()).sum::<usize>() < 60 * 1024);
    }

    #[test]
    fn no_script_parses_foreign_text_as_markup_or_code() {
        for script in [SHARED_JS, LIST_JS, REPORT_JS, WIRE_JS] {
            for sink in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser", "srcdoc"]
            {
                assert!(!script.contains(sink), "{sink}");
            }
        }
    }

    #[test]
    fn no_page_has_an_inline_script_or_style_or_loads_from_elsewhere() {
        for page in [LIST, REPORT, MISSING] {
            assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains("<script>"));
            for handler in [" onclick=", " onload=", " onerror=", "javascript:", "src=\"http", "href=\"http", "=\"//"] {
                assert!(!page.contains(handler), "{handler}");
            }
        }
    }
}

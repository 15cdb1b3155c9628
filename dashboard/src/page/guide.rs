//! The guide as HTML, for machines without a network.
//!
//! It has the text of `redhanded::guide` in the documentation, and rustdoc's anchors. A test renders it, and holds it
//! against the file.

#[cfg(test)]
mod render;

const HTML: &str = include_str!("../../guide.html");

/// All of the guide.
pub(super) fn whole() -> &'static str {
    HTML
}

/// One section with its subsections.
pub(super) fn section(anchor: &str) -> Option<&'static str> {
    section_of(HTML, anchor)
}

fn section_of<'a>(guide: &'a str, anchor: &str) -> Option<&'a str> {
    let mut headings = headings(guide);
    let (start, level, _) = headings.find(|(_, _, of)| *of == anchor)?;
    let end = headings.find(|(_, other, _)| *other <= level);
    guide.get(start..end.map_or(guide.len(), |(end, _, _)| end))
}

/// Where each heading begins, its level, and its anchor.
fn headings(guide: &str) -> impl Iterator<Item = (usize, u8, &str)> {
    let starts = guide.match_indices("<h").map(|(at, _)| at);
    starts.filter_map(move |at| {
        let is_at_start = at == 0 || guide.as_bytes().get(at - 1) == Some(&b'\n');
        let (level, rest) = guide.get(at + 2..)?.split_once(" id=\"")?;
        let (anchor, _) = rest.split_once("\">")?;
        let level = level.parse().ok().filter(|_| is_at_start)?;
        Some((at, level, anchor))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::Kind;

    #[test]
    fn every_kind_of_report_and_every_link_has_its_section() {
        for kind in [
            Kind::TornFrame,
            Kind::TornMessage,
            Kind::AbandonedWrite,
            Kind::Overlap,
            Kind::Stall,
        ] {
            let section = section(kind.name()).unwrap_or_else(|| panic!("{kind}"));
            assert!(
                section.starts_with(&format!("<h2 id=\"{kind}\">")),
                "{section}"
            );
        }
        let links: Vec<_> = whole()
            .split("href=\"#")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(links.contains(&"tap"), "{links:?}");
        for link in links {
            assert!(section(link).is_some(), "{link}");
        }
    }

    #[test]
    fn a_section_has_what_is_below_it_and_not_what_comes_next() {
        let guide = "<h1 id=\"top\">Top</h1>\n<p>a <h2 id=\"two\"></p>\n<h2 id=\"one\">One</h2>\n<p>b</p>\n\
                     <h3 id=\"below\">Below</h3>\n<p>c</p>\n<h2 id=\"two\">Two</h2>\n<p>d</p>\n";
        let text = |anchor: &str| section_of(guide, anchor).unwrap_or_else(|| panic!("{anchor}"));
        assert_eq!(
            text("one"),
            "<h2 id=\"one\">One</h2>\n<p>b</p>\n<h3 id=\"below\">Below</h3>\n<p>c</p>\n"
        );
        assert_eq!(text("below"), "<h3 id=\"below\">Below</h3>\n<p>c</p>\n");
        assert_eq!(text("top"), guide);
        assert_eq!(text("two"), "<h2 id=\"two\">Two</h2>\n<p>d</p>\n");
        for none in ["", "o", "one\">", "none"] {
            assert_eq!(section_of(guide, none), None, "{none}");
        }
    }

    #[test]
    fn nothing_in_it_is_against_the_policy_of_the_page() {
        for forbidden in [
            "<script",
            "style=",
            "onerror",
            "<img",
            "javascript:",
            "http://",
            "src=",
        ] {
            let text = whole()
                .replace("href=\"http://", "")
                .replace("http://127", "")
                .replace("http://localhost", "");
            assert!(!text.contains(forbidden), "{forbidden}");
        }
    }
}

//! The guide as HTML, for machines without a network.
//!
//! It has the text of `redhanded::guide` in the documentation, and rustdoc's anchors.

use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Range;
use std::sync::OnceLock;

use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html,
};

const TEXT: &str = include_str!("../../guide.md");

/// The guide, and where each section is in it.
struct Guide {
    html: String,
    sections: Vec<Section>,
}

struct Section {
    anchor: String,
    range: Range<usize>,
}

/// All of the guide.
pub(super) fn whole() -> &'static str {
    &guide().html
}

/// One section with its subsections.
pub(super) fn section(anchor: &str) -> Option<&'static str> {
    let guide = guide();
    let section = guide
        .sections
        .iter()
        .find(|section| section.anchor == anchor)?;
    Some(&guide.html[section.range.clone()])
}

fn guide() -> &'static Guide {
    static GUIDE: OnceLock<Guide> = OnceLock::new();
    GUIDE.get_or_init(|| Guide::of(TEXT))
}

/// A heading, or all that stands between two headings.
struct Piece<'t> {
    heading: Option<(HeadingLevel, String)>,
    events: Vec<Event<'t>>,
}

impl Guide {
    fn of(text: &str) -> Guide {
        let (mut page, mut starts, mut anchors) = (String::new(), Vec::new(), Anchors::default());
        for piece in pieces(text) {
            if let Some((level, title)) = &piece.heading {
                let anchor = anchors.of(title);
                starts.push((*level, anchor.clone(), page.len()));
                let _ = write!(page, "<{level} id=\"{anchor}\">");
                html::push_html(&mut page, piece.events.into_iter());
                let _ = writeln!(page, "</{level}>");
            } else {
                html::push_html(&mut page, piece.events.into_iter());
            }
        }
        let end = |index: usize, level: HeadingLevel| {
            let next = starts[index + 1..]
                .iter()
                .find(|(other, _, _)| *other <= level);
            next.map_or(page.len(), |(_, _, start)| *start)
        };
        let sections = starts
            .iter()
            .enumerate()
            .map(|(index, (level, anchor, start))| Section {
                anchor: anchor.clone(),
                range: *start..end(index, *level),
            });
        Guide {
            sections: sections.collect(),
            html: page,
        }
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut heading: Option<(HeadingLevel, String, Vec<Event<'_>>)> = None;
    let mut is_rust = false;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        let event = match event {
            Event::Start(Tag::Heading { level, .. }) => {
                heading = Some((level, String::new(), Vec::new()));
                continue;
            }
            Event::End(TagEnd::Heading(_)) => {
                let ended = heading.take().map(|(level, title, events)| Piece {
                    heading: Some((level, title)),
                    events,
                });
                pieces.extend(ended);
                continue;
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(words))) => {
                is_rust = words.split(',').any(|word| word == "rust");
                // The words after the language are for rustdoc.
                let language = words.split(',').next().unwrap_or_default().to_owned();
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language.into())))
            }
            Event::End(TagEnd::CodeBlock) => {
                is_rust = false;
                event
            }
            Event::Text(code) if is_rust => Event::Text(shown(&code)),
            // The text has none. If it had, it would become markup of the page.
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            other => other,
        };
        match &mut heading {
            Some((_, title, events)) => {
                if let Event::Text(text) | Event::Code(text) = &event {
                    title.push_str(text);
                }
                events.push(event);
            }
            None => match pieces.last_mut().filter(|piece| piece.heading.is_none()) {
                Some(piece) => piece.events.push(event),
                None => pieces.push(Piece {
                    heading: None,
                    events: vec![event],
                }),
            },
        }
    }
    pieces
}

/// What rustdoc shows of an example: not the lines after a `#`, which only make it compile.
fn shown(code: &str) -> CowStr<'static> {
    let is_hidden = |line: &&str| {
        let line = line.trim();
        line == "#" || line.starts_with("# ")
    };
    let lines = code.split_inclusive('\n').filter(|line| !is_hidden(line));
    lines.collect::<String>().into()
}

/// Makes the anchors of headings as rustdoc does.
#[derive(Default)]
struct Anchors(HashMap<String, usize>);

impl Anchors {
    fn of(&mut self, title: &str) -> String {
        let letter = |c: char| match c {
            _ if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
            _ if c.is_ascii_whitespace() => Some('-'),
            _ => None,
        };
        let anchor: String = title.chars().filter_map(letter).collect();
        let before = self.0.entry(anchor.clone()).or_default();
        *before += 1;
        if *before == 1 {
            anchor
        } else {
            format!("{anchor}-{}", *before - 1)
        }
    }
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
        let guide = Guide::of("# Top\na\n## One\nb\n### Below\nc\n## Two\nd\n");
        let text = |anchor: &str| {
            let section = guide
                .sections
                .iter()
                .find(|section| section.anchor == anchor)
                .unwrap();
            &guide.html[section.range.clone()]
        };
        assert_eq!(
            text("one"),
            "<h2 id=\"one\">One</h2>\n<p>b</p>\n<h3 id=\"below\">Below</h3>\n<p>c</p>\n"
        );
        assert_eq!(text("below"), "<h3 id=\"below\">Below</h3>\n<p>c</p>\n");
        assert_eq!(text("top"), guide.html);
    }

    #[test]
    fn anchors_are_those_of_rustdoc() {
        let mut anchors = Anchors::default();
        for (title, anchor) in [
            ("torn-frame", "torn-frame"),
            ("How the bytes are shown", "how-the-bytes-are-shown"),
            ("What's `this`, then?", "whats-this-then"),
            ("Under_score  twice", "under_score--twice"),
            ("torn-frame", "torn-frame-1"),
            ("torn-frame", "torn-frame-2"),
        ] {
            assert_eq!(anchors.of(title), anchor, "{title}");
        }
    }

    #[test]
    fn lines_that_only_make_an_example_compile_are_not_shown() {
        let guide = Guide::of(
            "```rust,no_run\n# hidden\n#\n#[test]\n  # hidden\nfn main() {} // # shown\n```\n\n```text\n# shown\n```\n",
        );
        assert!(!guide.html.contains("hidden"), "{}", guide.html);
        assert!(
            guide
                .html
                .contains("class=\"language-rust\">#[test]\nfn main() {} // # shown\n</code>"),
            "{}",
            guide.html
        );
        assert!(
            guide.html.contains("# shown\n</code></pre>"),
            "{}",
            guide.html
        );
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
        assert_eq!(
            Guide::of("a <b onclick=x>b</b>\n\n<script>x</script>\n")
                .html
                .matches("&lt;")
                .count(),
            4
        );
    }
}

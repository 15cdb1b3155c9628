//! Renders the guide. Only tests do: the page has it rendered already, so that no program has to build a renderer.

use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html,
};
use std::collections::HashMap;
use std::fmt::Write;

const TEXT: &str = include_str!("../../../guide.md");

/// A heading, or all that stands between two headings.
struct Piece<'t> {
    heading: Option<(HeadingLevel, String)>,
    events: Vec<Event<'t>>,
}

/// The text as HTML, with the anchors that rustdoc gives to headings.
fn rendered(text: &str) -> String {
    let (mut page, mut anchors) = (String::new(), Anchors::default());
    for piece in pieces(text) {
        if let Some((level, title)) = &piece.heading {
            let anchor = anchors.of(title);
            let _ = write!(page, "<{level} id=\"{anchor}\">");
            html::push_html(&mut page, piece.events.into_iter());
            let _ = writeln!(page, "</{level}>");
        } else {
            html::push_html(&mut page, piece.events.into_iter());
        }
    }
    page
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

#[test]
fn the_page_has_the_guide_as_it_is_rendered() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/guide.html");
    let is = rendered(TEXT);
    if std::env::var_os("REDHANDED_RENDER_GUIDE").is_some() {
        std::fs::write(file, &is).expect("the guide can be written");
        return;
    }
    assert!(
        is == super::HTML,
        "CONCURRENCY.md has changed. Run: REDHANDED_RENDER_GUIDE=1 cargo test -p redhanded-dashboard the_page_has_the_guide"
    );
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
    let guide = rendered(
        "```rust,no_run\n# hidden\n#\n#[test]\n  # hidden\nfn main() {} // # shown\n```\n\n```text\n# shown\n```\n",
    );
    assert!(!guide.contains("hidden"), "{}", guide);
    assert!(
        guide.contains("class=\"language-rust\">#[test]\nfn main() {} // # shown\n</code>"),
        "{}",
        guide
    );
    assert!(guide.contains("# shown\n</code></pre>"), "{}", guide);
}

#[test]
fn markup_in_the_text_is_shown_as_text() {
    let guide = rendered("a <b onclick=x>b</b>\n\n<script>x</script>\n");
    assert_eq!(guide.matches("&lt;").count(), 4);
}

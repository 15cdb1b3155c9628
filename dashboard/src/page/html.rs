//! Reports as one file of HTML that looks like the page, needs no server, and may run nothing but what is in it.
//!
//! It is made of the page's own files as they are: the style sheet stands in the file, the modules stand in it one inside
//! the other, and what they ask the program for is answered by a few lines in front of them.

use redhanded_report::{Report, Workspace};
use std::collections::hash_map::RandomState;
use std::fmt::Write;
use std::hash::BuildHasher;

/// A file of the page.
fn asset(name: &str) -> Option<&'static str> {
    match name {
        "report.html" => Some(include_str!("../../report.html")),
        "style.css" => Some(include_str!("../../style.css")),
        "report.css" => Some(include_str!("../../report.css")),
        "report.js" => Some(include_str!("../../report.js")),
        "shared.js" => Some(include_str!("../../shared.js")),
        "wire.js" => Some(include_str!("../../wire.js")),
        "page.js" => Some(include_str!("../../page.js")),
        "prose.js" => Some(include_str!("../../prose.js")),
        "timeline.js" => Some(include_str!("../../timeline.js")),
        "writers.js" => Some(include_str!("../../writers.js")),
        _ => None,
    }
}

/// What stands in the place of the program: it has one report, and nothing ever changes.
const PROGRAM: &str = include_str!("html/program.js");

/// What of the page is not shown, because it needs a program.
const STATIC: &str = include_str!("html/static.css");

/// Reports as one file of HTML, with their paths shortened. It shows the first of them, and has links to the others.
///
/// ```
/// use redhanded_dashboard::to_html;
/// use redhanded_report::Workspace;
///
/// let html = to_html(&[], &Workspace::find());
/// assert!(html.starts_with("<!doctype html>"));
/// ```
pub fn to_html(reports: &[Report], workspace: &Workspace) -> String {
    with_nonce(reports, workspace, &nonce())
}

/// Unknown to whoever made a report: the standard library's hash maps are keyed from the system's random numbers.
fn nonce() -> String {
    let random = || RandomState::new().hash_one("redhanded");
    format!("{:016x}{:016x}", random(), random())
}

fn with_nonce(reports: &[Report], workspace: &Workspace, nonce: &str) -> String {
    let mut page = String::new();
    for line in asset("report.html").unwrap_or_default().lines() {
        let _ = match line.trim() {
            tag if tag.starts_with("<meta charset=") => write!(page, "{line}\n{}\n", policy(nonce)),
            tag if tag.starts_with("<link rel=\"stylesheet\"") => {
                let style = name_in(tag, "href").and_then(asset).unwrap_or_default();
                write!(page, "<style nonce=\"{nonce}\">\n{style}</style>\n")
            }
            // What is left of these would be asked for at the root of the file system.
            tag if tag.starts_with("<link ") || tag.starts_with("<script ") => Ok(()),
            "</head>" => write!(
                page,
                "<style nonce=\"{nonce}\">\n{STATIC}</style>\n{line}\n"
            ),
            "<body>" => write!(page, "{line}\n{}", links(reports)),
            "</body>" => writeln!(
                page,
                "{}{}{}</body>",
                foot(reports),
                data(reports, workspace),
                script(nonce)
            ),
            _ => writeln!(page, "{line}"),
        };
    }
    page
}

/// `style.css` in `href="/assets/style.css"`.
fn name_in<'t>(tag: &'t str, attribute: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!("{attribute}=\"/assets/"))?;
    Some(rest.split_once('"')?.0)
}

fn policy(nonce: &str) -> String {
    format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'nonce-{nonce}'; \
         style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'\">"
    )
}

/// A link to each report, if there are several.
fn links(reports: &[Report]) -> String {
    if reports.len() < 2 {
        return String::new();
    }
    let link = |(index, report): (usize, &Report)| {
        format!(
            "<li><a href=\"#{index}\">{}: {}</a></li>\n",
            report.kind,
            escaped(&report.summary)
        )
    };
    let links: String = reports.iter().enumerate().map(link).collect();
    format!("<nav aria-label=\"Reports\">\n<ul>\n{links}</ul>\n</nav>\n")
}

fn escaped(text: &str) -> String {
    let text = redhanded_report::one_line(text);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// What the page's own foot has a program for.
fn foot(reports: &[Report]) -> String {
    let guide = reports.first().map(|report| {
        let link = report.guide_link();
        format!(
            "<a href=\"{}\" rel=\"noopener noreferrer\">Why this is wrong, and how to put it right</a> ",
            escaped(&link)
        )
    });
    let guide = guide.unwrap_or_default();
    format!(
        "<p class=\"muted\" id=\"redhanded-foot\">{guide}<a id=\"redhanded-json\">This report as JSON</a></p>\n"
    )
}

/// The reports as a block that no browser runs. Without a `<` nothing in it can end the block.
fn data(reports: &[Report], workspace: &Workspace) -> String {
    let saved = reports.iter().map(|report| {
        let (markdown, report) = (
            report.to_markdown(workspace),
            report.clone().shortened(workspace),
        );
        serde_json::json!({ "report": report, "markdown": markdown })
    });
    let json = serde_json::Value::from_iter(saved)
        .to_string()
        .replace('<', "\\u003c");
    format!("<script type=\"application/json\" id=\"redhanded-reports\">{json}</script>\n")
}

fn script(nonce: &str) -> String {
    let program = PROGRAM.replace("/* modules */", &bundle("report.js"));
    format!("<script type=\"module\" nonce=\"{nonce}\">\n{program}</script>\n")
}

/// A module and all it imports as one script: each in a function of its own, which gives what it exports.
fn bundle(entry: &str) -> String {
    let (mut text, mut done) = (String::new(), Vec::new());
    add_module(entry, &mut text, &mut done);
    text
}

fn add_module(name: &str, text: &mut String, done: &mut Vec<String>) {
    if done.iter().any(|other| other == name) {
        return;
    }
    done.push(name.to_owned());
    let (mut body, mut exports) = (String::new(), Vec::new());
    let mut source = asset(name).unwrap_or_default();
    while let Some((line, rest)) = source.split_once('\n') {
        source = rest;
        if let Some((names, module, rest)) = import(line, rest) {
            source = rest;
            add_module(&module, text, done);
            let _ = writeln!(body, "const {{ {names} }} = {};", variable(&module));
        } else if let Some(declaration) = line.strip_prefix("export ") {
            exports.extend(declared(declaration));
            let _ = writeln!(body, "{declaration}");
        } else {
            let _ = writeln!(body, "{line}");
        }
    }
    let exports = exports.join(", ");
    let _ = writeln!(
        text,
        "const {} = (() => {{\n{body}{source}\nreturn {{ {exports} }};\n}})();",
        variable(name)
    );
}

/// The names, the module and what follows of `import { a, b as c } from "./module.js";`, over as many lines as it takes.
fn import<'s>(line: &'s str, rest: &'s str) -> Option<(String, String, &'s str)> {
    let begun = line.strip_prefix("import {")?;
    let (statement, rest) = if begun.contains(';') {
        (begun.to_owned(), rest)
    } else {
        let (more, rest) = rest.split_once(";\n")?;
        (format!("{begun} {more};"), rest)
    };
    let (names, from) = statement.split_once('}')?;
    let module = from.split_once("\"./")?.1.split_once('"')?.0;
    Some((
        names.replace(" as ", ": ").trim().to_owned(),
        module.to_owned(),
        rest,
    ))
}

/// `name` in `function name(…` and `const name = …`.
fn declared(declaration: &str) -> Option<String> {
    let kinds = ["async function ", "function ", "const ", "let ", "class "];
    let rest = kinds
        .iter()
        .find_map(|kind| declaration.strip_prefix(kind))?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))?;
    Some(rest[..end].to_owned())
}

fn variable(module: &str) -> String {
    let name: String = module
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    format!("module_{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::samples;

    #[test]
    fn every_file_of_the_page_is_in_it_and_nothing_is_loaded() {
        let page = with_nonce(&[samples::torn()], &Workspace::at("/w"), "0123");
        let head = "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
            script-src 'nonce-0123'; style-src 'nonce-0123'; base-uri 'none'; form-action 'none'\">\n";
        assert!(page.contains(head), "{page}");
        let styles = asset("report.html")
            .unwrap()
            .lines()
            .filter(|line| line.contains("rel=\"stylesheet\""));
        for style in styles.clone().map(|line| name_in(line, "href").unwrap()) {
            assert!(page.contains(asset(style).expect(style)), "{style}");
        }
        assert_eq!(
            (
                page.matches("<script").count(),
                page.matches("<style").count()
            ),
            (2, 1 + styles.count())
        );
        for asked in ["src=\"", "<link", "\"/assets/", "@import", "url(", "\"./"] {
            assert!(!page.contains(asked), "{asked}");
        }
        assert!(page.starts_with("<!doctype html>\n") && page.ends_with("</body>\n</html>\n"));
    }

    #[test]
    fn the_modules_are_one_script_with_each_of_them_once() {
        let script = bundle("report.js");
        assert!(
            script.ends_with("return {  };\n})();\n") && modules_count(&script) > 2,
            "what is imported comes first"
        );
        for line in script.lines() {
            assert!(
                !line.starts_with("import ") && !line.starts_with("export "),
                "{line}"
            );
        }
        assert!(!script.contains("import(") && !script.contains("</script"));
        // A module that is not in the list of files would be empty.
        assert_eq!(
            modules_count(&script),
            script.lines().filter(|line| *line == "})();").count()
        );
        assert!(
            !script.contains("(() => {\n\nreturn {  };"),
            "a file of the page is missing in `asset`"
        );
    }

    fn modules_count(script: &str) -> usize {
        script
            .lines()
            .filter(|line| line.starts_with("const module_"))
            .count()
    }

    #[test]
    fn imports_may_take_several_lines_and_other_names() {
        let rest = "  b as c } from \"./x.js\";\nnext";
        assert_eq!(
            import("import { a,", rest),
            Some(("a,   b: c".into(), "x.js".into(), "next"))
        );
        assert_eq!(import("const a = 1;", "rest"), None);
        for declaration in [
            "function f(a) {",
            "async function f() {",
            "const f = 1;",
            "class f {",
        ] {
            assert_eq!(declared(declaration).as_deref(), Some("f"), "{declaration}");
        }
    }

    #[test]
    fn hostile_text_is_neither_markup_nor_the_end_of_the_data() {
        let page = with_nonce(
            &[samples::hostile(), samples::torn()],
            &Workspace::at("/w"),
            "0123",
        );
        assert_eq!(
            (
                page.matches("</script>").count(),
                page.matches("<script").count()
            ),
            (2, 2)
        );
        assert!(!page.contains("<img") && !page.contains("</details>") && !page.contains("<!--"));
        assert!(
            page.contains(
                "<li><a href=\"#0\">torn-frame: &lt;img src=x onerror=alert(1)&gt;\\n::error"
            ),
            "{page}"
        );
        let (_, data) = page.split_once("id=\"redhanded-reports\">").unwrap();
        let saved: serde_json::Value =
            serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
        let report: Report = serde_json::from_value(saved[0]["report"].clone()).unwrap();
        assert_eq!(report.summary, samples::hostile().summary);
        assert_eq!(
            saved[1]["markdown"],
            samples::torn().to_markdown(&Workspace::at("/w"))
        );
    }

    #[test]
    fn every_file_has_a_nonce_of_its_own() {
        assert_ne!(nonce(), nonce());
        assert_eq!(nonce().len(), 32);
    }
}

//! Reports as one HTML file. It looks like the page, needs no server, and may run only the script that is in it.
//!
//! It is made of the page's own files. Its scripts are those of a report's page, but it has `saved.js` where that has
//! `page.js`: `page.js` asks the running program, `saved.js` answers from the file.

use super::assets;
use redhanded_report::{Report, Workspace, one_line, without_command_in_json};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

const STYLES: [&str; 2] = ["style.css", "report.css"];

/// The modules of the page. Each stands after those that it imports.
const SCRIPTS: [&str; 8] = [
    "kinds.js",
    "shared.js",
    "controls.js",
    "saved.js",
    "timeline.js",
    "wire.js",
    "writers.js",
    "report.js",
];

/// Reports as one HTML file, with shortened paths. It shows the first report, and has links to the others.
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

/// A number that no report can know in advance: std keys its hash maps from the system's random numbers.
fn nonce() -> String {
    let random = || RandomState::new().hash_one("redhanded");
    format!("{:016x}{:016x}", random(), random())
}

fn with_nonce(reports: &[Report], workspace: &Workspace, nonce: &str) -> String {
    format!(
        include_str!("../../web/saved.html"),
        nonce = nonce,
        style = STYLES.map(text).concat(),
        links = links(reports),
        main = main_part(text("report.html")),
        guide = guide_link(reports),
        data = data(reports, workspace),
        script = joined(&SCRIPTS.map(text)),
    )
}

/// A file of the page. A test checks that all of them are there.
fn text(name: &str) -> &'static str {
    assets::file(name).unwrap_or_default()
}

/// The `<main>` of a document.
fn main_part(document: &str) -> &str {
    const END: &str = "</main>";
    let part = document.find("<main ").zip(document.find(END));
    part.map_or("", |(start, end)| &document[start..end + END.len()])
}

/// A link to each report, if there is more than one.
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
    let text = one_line(text);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A link to the guide on the net: a file has no program that could serve it.
fn guide_link(reports: &[Report]) -> String {
    let link = |report: &Report| {
        format!(
            "<a href=\"{}\" rel=\"noopener noreferrer\">Why this is wrong, and how to put it right</a>",
            escaped(&report.guide_link())
        )
    };
    reports.first().map(link).unwrap_or_default()
}

/// The reports as JSON without a `<`, so that nothing in it can end its `<script>`.
fn data(reports: &[Report], workspace: &Workspace) -> String {
    let saved = reports.iter().map(|report| {
        let (markdown, report) = (
            report.to_markdown(workspace),
            report.clone().shortened(workspace),
        );
        serde_json::json!({ "report": report, "markdown": markdown })
    });
    let json = serde_json::Value::from_iter(saved).to_string();
    // In a log, a page is only text.
    without_command_in_json(&json.replace('<', "\\u003c"))
}

/// Several modules as one module. They share one scope, so that their imports and exports are left out. A test checks what
/// this needs: no import gives another name, and no two modules declare the same name.
fn joined(modules: &[&str]) -> String {
    let mut script = String::new();
    for module in modules {
        let mut is_import = false;
        for line in module.lines() {
            is_import |= line.starts_with("import ");
            if is_import {
                is_import = !line.ends_with(';');
                continue;
            }
            script.push_str(line.strip_prefix("export ").unwrap_or(line));
            script.push('\n');
        }
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::samples;
    use std::collections::BTreeSet;

    /// `name` of every `function name(…` and `const name = …` that begins a line.
    fn declared(module: &str) -> impl Iterator<Item = &str> {
        module.lines().filter_map(|line| {
            let line = line.strip_prefix("export ").unwrap_or(line);
            let line = line.strip_prefix("async ").unwrap_or(line);
            let words = ["function ", "const ", "let ", "class "];
            let rest = words.iter().find_map(|word| line.strip_prefix(word))?;
            let end = rest.find(|c: char| !(c.is_alphanumeric() || "_$".contains(c)))?;
            Some(&rest[..end])
        })
    }

    fn exported(name: &str) -> BTreeSet<&'static str> {
        let lines = text(name).lines();
        lines
            .filter(|line| line.starts_with("export "))
            .flat_map(declared)
            .collect()
    }

    /// What a module imports: the names, and from where.
    fn imports(name: &str) -> Vec<(Vec<&'static str>, &'static str)> {
        let begun = text(name).split("\nimport {").skip(1);
        let import = |rest: &'static str| {
            let (names, rest) = rest.split_once("} from \"./").expect(name);
            let (module, _) = rest.split_once("\";").expect(name);
            (names.split(',').map(str::trim).collect(), module)
        };
        begun.map(import).collect()
    }

    #[test]
    fn what_answers_from_the_file_answers_all_that_the_program_does() {
        assert!(exported("page.js").len() > 5);
        assert_eq!(exported("saved.js"), exported("page.js"));
    }

    #[test]
    fn the_modules_fit_into_one_scope() {
        let mut names = BTreeSet::new();
        for (index, name) in SCRIPTS.into_iter().enumerate() {
            assert!(!text(name).is_empty(), "{name}");
            for declared in declared(text(name)) {
                assert!(
                    names.insert(declared),
                    "{declared} of {name} is there already"
                );
            }
            for (imported, from) in imports(name) {
                let seam = if from == "page.js" { "saved.js" } else { from };
                let place = SCRIPTS.iter().position(|known| *known == seam);
                assert!(
                    place < Some(index) && place.is_some(),
                    "{name} needs {seam}"
                );
                for import in imported {
                    assert!(
                        exported(seam).contains(import),
                        "{name}: {import} of {seam}"
                    );
                }
            }
        }
        let script = joined(&SCRIPTS.map(text));
        for line in script.lines() {
            assert!(
                !line.starts_with("import") && !line.starts_with("export"),
                "{line}"
            );
        }
        assert!(!script.contains("import(") && !script.contains("</script"));
    }

    #[test]
    fn an_import_may_take_several_lines() {
        let module = "import { a,\n  b } from \"./x.js\";\nexport const c = a;\n";
        assert_eq!(joined(&[module, "f();\n"]), "const c = a;\nf();\n");
    }

    #[test]
    fn every_file_of_the_page_is_in_it_and_nothing_is_loaded() {
        let page = with_nonce(&[samples::torn()], &Workspace::at("/w"), "0123");
        let head = "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
            script-src 'nonce-0123'; style-src 'nonce-0123'; base-uri 'none'; form-action 'none'\">\n";
        assert!(page.contains(head), "{page}");
        for style in STYLES {
            assert!(text("report.html").contains(&format!("href=\"/assets/{style}\"")));
            assert!(page.contains(text(style)), "{style}");
        }
        assert_eq!(
            (
                page.matches("<script").count(),
                page.matches("<style").count()
            ),
            (2, 1)
        );
        for asked in ["src=\"", "<link", "\"/assets/", "@import", "url(", "\"./"] {
            assert!(!page.contains(asked), "{asked}");
        }
        assert!(page.contains("<main id=\"main\"") && page.contains("</main>"));
        assert!(page.starts_with("<!doctype html>\n") && page.ends_with("</body>\n</html>\n"));
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

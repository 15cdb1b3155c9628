//! The group of a report: what makes it the same issue on every machine.

use redhanded_report::{Report, Writer, fingerprint};

/// Sixteen hex digits, made of the kind and the unordered pair of (operation, function, file).
pub(super) fn group(report: &Report) -> String {
    let side = |writer: Option<&Writer>| {
        let Some(writer) = writer else {
            return (String::new(), String::new());
        };
        let class = writer.operation.split(|c: char| c.is_ascii_digit()).next();
        let file = writer.call_site.as_ref().map_or("", |site| &site.file);
        let function = writer.top_application_frame();
        let function = function.map_or("", |frame| &frame.function);
        (
            class.unwrap_or("").to_owned(),
            format!("{function}\n{file}"),
        )
    };
    let (one, other) = (side(report.writers.first()), side(report.writers.get(1)));
    fingerprint(report.kind, [(&one.0, &one.1), (&other.0, &other.1)])
}

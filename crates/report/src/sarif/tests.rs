//! SARIF against its schema.

use super::super::samples;
use super::*;

fn log(reports: &[Report]) -> Value {
    serde_json::from_str(&to_sarif(reports, &Workspace::at("/w"))).expect("JSON")
}

/// The part of the published schema that these logs can break: required fields, types of values, and no field that the
/// schema does not have.
fn assert_valid(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    assert_fields(log, &["version", "runs"], &["$schema"]);
    for run in list(&log["runs"]) {
        assert_fields(
            run,
            &["tool"],
            &["columnKind", "originalUriBaseIds", "results"],
        );
        assert!(["utf16CodeUnits", "unicodeCodePoints"].contains(&text(&run["columnKind"])));
        let driver = &run["tool"]["driver"];
        assert_fields(
            driver,
            &["name"],
            &["version", "semanticVersion", "informationUri", "rules"],
        );
        let rules = list(&driver["rules"]);
        for rule in rules {
            let further = [
                "name",
                "shortDescription",
                "fullDescription",
                "help",
                "helpUri",
                "defaultConfiguration",
                "properties",
            ];
            assert_fields(rule, &["id"], &further);
            for message in ["shortDescription", "fullDescription", "help"] {
                assert_fields(&rule[message], &["text"], &["markdown"]);
            }
            assert!(text(&rule["helpUri"]).starts_with("https://"));
            assert_level(&rule["defaultConfiguration"]["level"]);
        }
        for result in list(&run["results"]) {
            assert_result(result, rules);
        }
    }
}

fn assert_result(result: &Value, rules: &[Value]) {
    let further = [
        "ruleId",
        "ruleIndex",
        "level",
        "locations",
        "relatedLocations",
        "partialFingerprints",
        "occurrenceCount",
        "stacks",
        "properties",
    ];
    assert_fields(result, &["message"], &further);
    assert_fields(&result["message"], &["text"], &[]);
    let rule = &rules[result["ruleIndex"].as_u64().expect("an index") as usize];
    assert_eq!(rule["id"], result["ruleId"]);
    assert_level(&result["level"]);
    assert!(
        result["occurrenceCount"]
            .as_u64()
            .is_some_and(|count| count >= 1)
    );
    assert!(
        result["partialFingerprints"]
            .as_object()
            .is_some_and(|prints| prints.values().all(Value::is_string))
    );
    assert!(list(&result["locations"]).len() <= 1);
    let related = result
        .get("relatedLocations")
        .map_or(&[][..], |related| list(related));
    list(&result["locations"])
        .iter()
        .chain(related)
        .for_each(assert_location);
    for stack in list(&result["stacks"]) {
        assert_fields(stack, &["frames"], &["message"]);
        for frame in list(&stack["frames"]) {
            assert_fields(frame, &[], &["location", "properties"]);
            assert_location(&frame["location"]);
        }
    }
}

fn assert_location(location: &Value) {
    assert_fields(
        location,
        &[],
        &["id", "message", "physicalLocation", "logicalLocations"],
    );
    for logical in location
        .get("logicalLocations")
        .map_or(&[][..], |logical| list(logical))
    {
        assert_fields(logical, &[], &["fullyQualifiedName", "kind"]);
    }
    let Some(physical) = location.get("physicalLocation") else {
        return;
    };
    assert_fields(physical, &["artifactLocation"], &["region"]);
    assert_fields(&physical["artifactLocation"], &["uri"], &["uriBaseId"]);
    let uri = text(&physical["artifactLocation"]["uri"]);
    assert!(
        uri.bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`[]".contains(&byte)),
        "{uri}"
    );
    if let Some(region) = physical.get("region") {
        assert_fields(region, &[], &["startLine", "startColumn"]);
        assert!(
            region
                .as_object()
                .expect("fields")
                .values()
                .all(|number| number.as_u64().is_some_and(|n| n >= 1))
        );
    }
}

fn assert_level(level: &Value) {
    assert!(
        ["none", "note", "warning", "error"].contains(&text(level)),
        "{level}"
    );
}

#[track_caller]
fn assert_fields(value: &Value, required: &[&str], further: &[&str]) {
    let fields = value
        .as_object()
        .unwrap_or_else(|| panic!("fields: {value}"));
    assert!(
        required.iter().all(|name| fields.contains_key(*name)),
        "{required:?} in {value:#}"
    );
    let is_known =
        |name: &String| required.contains(&name.as_str()) || further.contains(&name.as_str());
    assert!(fields.keys().all(is_known), "{value:#}");
}

fn list(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("a list: {value}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("text: {value}"))
}

#[test]
fn logs_of_all_reports_are_valid_for_the_schema() {
    let mut without_places = samples::torn();
    for writer in &mut without_places.writers {
        writer.call_site = None;
        writer.backtrace.clear();
    }
    let mut zero = samples::torn();
    zero.visit_files(&mut |file| *file = "C:\\a b\\#1.rs".into());
    zero.count = 0;
    for writer in &mut zero.writers {
        writer
            .call_site
            .iter_mut()
            .for_each(|site| (site.line, site.column) = (0, 0));
    }
    let mut huge = samples::hostile();
    huge.count = u64::MAX;
    assert_valid(&log(&[]));
    assert_valid(&log(&[
        samples::torn(),
        huge,
        samples::enormous(20),
        without_places,
        zero,
    ]));
}

#[test]
fn both_writers_have_their_place_and_their_stack() {
    let log = log(&[samples::torn()]);
    assert_eq!(
        log["runs"][0]["tool"]["driver"]["rules"][0]["name"],
        "TornFrame"
    );
    let result = &log["runs"][0]["results"][0];
    assert_eq!(
        (text(&result["ruleId"]), &result["occurrenceCount"]),
        ("torn-frame", &json!(3))
    );
    assert_eq!(
        result["partialFingerprints"],
        json!({ "redhanded/v1": "67fc86ee1004ed7e", "redhandedGroup/v1": "24a7e05281885b3f" })
    );
    let place = |location: &Value| location["physicalLocation"].clone();
    let main = |line: u32| {
        json!({ "artifactLocation": { "uri": "src/main.rs", "uriBaseId": "%SRCROOT%" },
            "region": { "startLine": line, "startColumn": 5 } })
    };
    assert_eq!(place(&result["locations"][0]), main(59));
    assert_eq!(place(&result["relatedLocations"][0]), main(50));
    let words = text(&result["relatedLocations"][0]["message"]["text"]);
    assert_eq!(words, "Second writer: send Text 3 B by \"reader\"");
    let frames = list(&result["stacks"][1]["frames"]);
    assert_eq!((list(&result["stacks"]).len(), frames.len()), (2, 3));
    assert_eq!(
        frames[0]["location"]["physicalLocation"]["artifactLocation"],
        json!({ "uri": "tokio-1.44.0/src/park.rs", "uriBaseId": "LIBRARIES" })
    );
    assert_eq!(
        frames[1]["location"]["logicalLocations"][0]["fullyQualifiedName"],
        "app::publish"
    );
    assert_eq!(frames[2]["location"].get("physicalLocation"), None);
}

#[test]
fn a_message_has_no_links_but_its_own_words() {
    let log = log(&[samples::hostile()]);
    let message = text(&log["runs"][0]["results"][0]["message"]["text"]);
    assert!(
        message.contains("\\[x\\](javascript:alert(1))") && !message.contains('\n'),
        "{message}"
    );
}

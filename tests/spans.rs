//! With the feature `tracing`, writers carry the names of their spans, and each new report is an event.

use redhanded::{Settings, Stderr, Tap};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::{Condvar, Mutex};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, info_span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

static EVENTS: Mutex<Vec<Seen>> = Mutex::new(Vec::new());
static CAME: Condvar = Condvar::new();

/// An event of the crate.
#[derive(Debug, Default)]
struct Seen {
    level: String,
    report: String,
    kind: String,
    message: String,
}

impl Visit for Seen {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "report" {
            self.report = value.to_owned();
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "kind" => self.kind = format!("{value:?}"),
            "message" => self.message = format!("{value:?}"),
            _ => {}
        }
    }
}

/// Keeps the events of the crate.
struct Listening;

impl<S: Subscriber> Layer<S> for Listening {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "redhanded" {
            let mut seen = Seen {
                level: event.metadata().level().to_string(),
                ..Seen::default()
            };
            event.record(&mut seen);
            EVENTS.lock().unwrap().push(seen);
            CAME.notify_all();
        }
    }
}

#[test]
fn a_report_names_the_spans_of_its_writers_and_is_an_event() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off))
        .expect("nothing is watched yet");
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Listening))
        .expect("the first one");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let socket = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let _peer = listener.accept().expect("just connected");
    let (one, mut other) = (
        Tap::new(socket.try_clone().expect("a clone")),
        Tap::new(socket),
    );

    info_span!("connection").in_scope(|| {
        info_span!("publish").in_scope(|| {
            let mut one = one;
            // A handshake shows that there are frames.
            one.write_all(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n")
                .expect("there is room");
            // Half a frame. The rest is never written.
            one.write_all(&[0x82, 8, 1, 2, 3, 4])
                .expect("there is room");
        });
        other
            .write_all(&[0x81, 2, b'h', b'i'])
            .expect("there is room");
    });

    let reports = redhanded::reports();
    let [report] = &reports[..] else {
        panic!("one report: {reports:#?}")
    };
    assert_eq!(
        report.writers[0].spans,
        ["connection", "publish"],
        "{report}"
    );
    assert_eq!(report.writers[1].spans, ["connection"]);
    assert!(
        report.to_string().contains("in spans connection > publish"),
        "{report}"
    );
    let again = redhanded::report::Report::from_json(&report.to_json()).expect("it is read back");
    assert_eq!(&again, report);

    // A thread of its own tells them: a subscriber may block.
    let events = EVENTS.lock().unwrap();
    let (events, _) = CAME
        .wait_timeout_while(events, Duration::from_secs(60), |events| events.is_empty())
        .unwrap();
    let [event] = &events[..] else {
        panic!("one event: {events:#?}")
    };
    let expected = ("WARN", &*report.id, "abandoned-write", &*report.summary);
    assert_eq!(
        (&*event.level, &*event.report, &*event.kind, &*event.message),
        expected
    );
}

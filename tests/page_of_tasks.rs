//! What the page gets about asynchronous writers, and what it shows of it.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

use futures_util::SinkExt;
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tokio_tungstenite::tungstenite::{Message, protocol::Role};
use redhanded::{Settings, Stderr};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::SocketAddr;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tracing::{Instrument, info_span};

/// Drops the object inside its frame. The peer has read more than the system takes at once, so the last poll that sent
/// some of it was not the first. The drop has a line of its own.
async fn give_up(socket: TcpStream, peer: TcpStream) -> TcpStream {
    let mut uploads = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
    let (mut some, mut nowhere) = (peer.take(24 << 20), tokio::io::sink());
    tokio::select! {
        biased;
        sent = uploads.send(Message::binary(vec![0; 64 << 20])) => panic!("{sent:?} while the peer reads no more"),
        read = tokio::io::copy(&mut some, &mut nowhere) => assert_eq!(read.unwrap(), 24 << 20),
    }
    drop(uploads);
    some.into_inner()
}

async fn start_afresh(socket: TcpStream) {
    let mut afresh = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
    afresh.send(Message::text("hello again")).await.unwrap();
}

/// Runs two tasks, one after the other. Returns their numbers.
async fn program() -> [String; 2] {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap()
        .into_std()
        .unwrap();
    let (peer, _) = listener.accept().await.unwrap();
    let clone = || TcpStream::from_std(socket.try_clone().unwrap()).unwrap();

    let upload = give_up(clone(), peer);
    let request = async { upload.instrument(info_span!("<b>upload</b>")).await };
    let request = tokio::spawn(request.instrument(info_span!("request")));
    let first = request.id().to_string();
    let mut peer = request.await.unwrap();
    tokio::spawn(async move { tokio::io::copy(&mut peer, &mut tokio::io::sink()).await });
    let afresh = tokio::spawn(start_afresh(clone()));
    let second = afresh.id().to_string();
    afresh.await.unwrap();
    [first, second]
}

fn get(page: SocketAddr, path: &str) -> String {
    let mut stream = std::net::TcpStream::connect(page).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {page}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn a_report_of_tasks_has_their_numbers_their_spans_and_the_drop_and_the_page_reads_all_of_it() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).unwrap();
    let _spans = tracing::subscriber::set_default(tracing_subscriber::registry());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let [first, second] = runtime.block_on(program());
    assert_eq!(redhanded::reports().len(), 1);

    let page = redhanded::dashboard::serve("127.0.0.1:0").unwrap();
    let page = page.address().unwrap();
    let list: Value = serde_json::from_str(&get(page, "/api/reports")).unwrap();
    let [report] = list.as_array().unwrap().as_slice() else {
        panic!("{list}")
    };
    let shown = |name: &str| {
        report["writers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|writer| writer[name].clone())
            .collect()
    };
    let shown: [Value; 4] = ["task", "spans", "operation", "outcome"].map(shown);
    let expected = [
        json!([first, second]),
        json!([["request", "<b>upload</b>"], []]),
        json!(["send Binary 64 MiB", "send Text 11 B"]),
        json!(["pending", "returned"]),
    ];
    assert_eq!(
        (&report["kind"], shown),
        (&json!("abandoned-write"), expected)
    );
    let summary = report["summary"].as_str().unwrap();
    assert!(
        summary.contains(&format!("by task {first} at "))
            && summary.contains(&format!("by task {second} at "))
    );

    // It comes first, because all frames between are folded.
    for (writer, stack, function) in [
        (0, "backtrace", "give_up"),
        (0, "dropped_at", "give_up"),
        (1, "backtrace", "start_afresh"),
    ] {
        let frames = report["writers"][writer][stack].as_array().unwrap();
        let own = frames
            .iter()
            .find(|frame| frame["origin"] == "app")
            .unwrap();
        assert_eq!(
            own["function"],
            format!("page_of_tasks::{function}::{{{{closure}}}}"),
            "{stack} of {writer}"
        );
    }
    assert_eq!(report["writers"][1]["dropped_at"], json!([]));

    let scripts = ["list", "report", "shared", "wire", "writers"]
        .map(|name| get(page, &format!("/assets/{name}.js")))
        .concat();
    for name in report["writers"][0].as_object().unwrap().keys() {
        assert!(scripts.contains(name), "nothing on the page reads {name}");
    }
    assert!(!get(page, &format!("/report/{}", report["id"].as_str().unwrap())).contains("upload"));
}

//! What was queued and is not flushed, in tasks: `feed` without `flush`.

use crate::{settle, until};
use futures_util::{FutureExt, SinkExt};
use redhanded::report::Kind;
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tungstenite::Message;
use redhanded::tungstenite::protocol::Role;

#[test]
fn what_was_fed_and_not_flushed_is_reported_with_the_task_that_fed_it() {
    settle();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = tokio::net::TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let mut sink = WebSocketStream::from_raw_socket(socket, Role::Client, None).await;
        let task = tokio::spawn(async move {
            sink.feed(Message::text("one")).await.unwrap();
            sink.feed(Message::binary(vec![0; 100])).await.unwrap();
            sink
        });
        let id = task.id().to_string();
        let mut sink = task.await.unwrap();
        let find = || {
            redhanded::reports()
                .into_iter()
                .find(|report| report.wire.local.as_ref() == Some(&address))
        };
        let open = until("the report", find);
        let [writer] = &open.writers[..] else {
            panic!("{open}")
        };
        assert_eq!(
            (open.kind, writer.operation.as_str()),
            (Kind::Stall, "send Text 3 B")
        );
        assert_eq!(writer.task.as_ref(), Some(&id));
        assert!(
            open.open && open.summary.contains("103 B of payload"),
            "{open}"
        );
        sink.flush().now_or_never().expect("there is room").unwrap();
        let closed = until("its end", || find().filter(|report| !report.open));
        assert_eq!(
            closed.writers[0].outcome.as_deref(),
            Some("flushed"),
            "{closed}"
        );
    });
}

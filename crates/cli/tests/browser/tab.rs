//! A tab, and everything that happened in it: commands, answers and events of the DevTools protocol.

use redhanded::raw::tungstenite::{self, Message, WebSocket, client};
use serde_json::{Value, json};
use std::net::TcpStream;
use std::time::Duration;

/// Ends a test that would hang; no test waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Tab {
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    last_id: u64,
    /// Events that happened and were not waited for yet.
    events: Vec<Value>,
    /// Complaints: what our pages must not do.
    complaints: Vec<String>,
    /// Addresses that the page asked for.
    pub asked: Vec<String>,
}

impl Tab {
    pub fn new(browser: &str) -> Self {
        let mut tab = Tab::connect(browser).expect("the browser listens");
        let target = tab.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        tab.session = tab.call("Target.attachToTarget", attach)["sessionId"]
            .as_str()
            .map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), json!({}));
        }
        // To the page, its window is in front.
        tab.call(
            "Emulation.setFocusEmulationEnabled",
            json!({ "enabled": true }),
        );
        tab
    }

    /// Asks the browser to end. Returns whether it could be asked.
    pub fn end_browser(browser: &str) -> bool {
        let Ok(mut tab) = Tab::connect(browser) else {
            return false;
        };
        let close = Message::text(json!({ "id": 1, "method": "Browser.close" }).to_string());
        // The browser answers, and then closes the connection.
        tab.socket.send(close).is_ok() && tab.socket.read().is_ok()
    }

    fn connect(browser: &str) -> tungstenite::Result<Self> {
        let host = browser
            .trim_start_matches("ws://")
            .split('/')
            .next()
            .unwrap_or_default();
        let stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let (socket, _) = client(browser, stream)
            .map_err(|error| tungstenite::Error::Io(std::io::Error::other(error)))?;
        Ok(Tab {
            socket,
            session: None,
            last_id: 0,
            events: vec![],
            complaints: vec![],
            asked: vec![],
        })
    }

    /// Sends a command and gives its result.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let mut command = json!({ "id": self.last_id, "method": method, "params": params });
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        self.socket
            .send(Message::text(command.to_string()))
            .expect("the browser is there");
        loop {
            let mut message = self.receive(method);
            if message["id"] == self.last_id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
        }
    }

    /// Waits for an event that was not waited for yet.
    pub fn await_event(&mut self, method: &str) -> Value {
        loop {
            if let Some(at) = self
                .events
                .iter()
                .position(|event| event["method"] == method)
            {
                return self.events.drain(..=at).next_back().unwrap()["params"].take();
            }
            self.receive(method);
        }
    }

    fn receive(&mut self, waiting_for: &str) -> Value {
        let message = match self.socket.read() {
            Ok(message) => message.into_text().expect("the protocol is text"),
            Err(error) => panic!("waiting for {waiting_for}: {error}"),
        };
        let message: Value = serde_json::from_str(&message).expect("the protocol is JSON");
        if message["method"].is_string() {
            self.complaints.extend(complaint(&message));
            if message["method"] == "Network.requestWillBeSent" {
                self.asked.extend(
                    message["params"]["request"]["url"]
                        .as_str()
                        .map(str::to_owned),
                );
            }
            self.events.push(message.clone());
        }
        message
    }

    pub fn go(&mut self, url: &str) {
        self.call("Page.navigate", json!({ "url": url }));
        self.await_event("Page.loadEventFired");
    }

    /// The value of an expression, or of its promise.
    #[track_caller]
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        let mut answer = self.call("Runtime.evaluate", params);
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {}",
            answer["exceptionDetails"]
        );
        answer["result"]["value"].take()
    }

    /// Waits until an expression is true. It is evaluated whenever the page has changed.
    #[track_caller]
    pub fn until(&mut self, expression: &str) {
        let milliseconds = PATIENCE.as_millis() / 4;
        let wait = format!(
            "new Promise((done, failed) => {{
                const look = () => {{ if ({expression}) {{ watch.disconnect(); done(true); }} }};
                const watch = new MutationObserver(look);
                const all = {{ subtree: true, childList: true, attributes: true, characterData: true }};
                watch.observe(document, all);
                document.addEventListener('focusin', look);
                document.addEventListener('close', look, true);
                setTimeout(() => failed(new Error('in vain; the page says ' + document.body.innerText)), {milliseconds});
                look();
            }})"
        );
        self.evaluate(&wait);
    }

    /// Presses a key, as a keyboard does.
    pub fn press(&mut self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            _ => u32::from(key.to_ascii_uppercase().as_bytes()[0]),
        };
        let text = match key {
            "Enter" => "\r",
            "Escape" => "",
            _ => key,
        };
        let down =
            json!({ "type": "keyDown", "key": key, "text": text, "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", down);
        self.call(
            "Input.dispatchKeyEvent",
            json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code }),
        );
    }

    pub fn text(&mut self, selector: &str) -> String {
        let text = self.evaluate(&format!(
            "document.querySelector({}).innerText",
            json!(selector)
        ));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Fails if the page asked for something missing or foreign, broke its policy, or had an error of any kind.
    #[track_caller]
    pub fn assert_quiet(&mut self) {
        // The browser sends everything that has happened so far before it answers this.
        self.evaluate("1");
        assert_eq!(self.complaints, [""; 0]);
        assert!(!self.asked.is_empty());
    }
}

fn complaint(event: &Value) -> Option<String> {
    let params = &event["params"];
    let url = |of: &str| params[of]["url"].as_str().unwrap_or_default().to_owned();
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" => Some(params.to_string()),
        "Runtime.consoleAPICalled" => matches!(
            params["type"].as_str(),
            Some("error" | "assert" | "warning")
        )
        .then(|| params["args"].to_string()),
        "Log.entryAdded" => {
            (params["entry"]["level"] == "error").then(|| params["entry"].to_string())
        }
        "Network.responseReceived" => (params["response"]["status"].as_u64() >= Some(400))
            .then(|| format!("{} for {}", params["response"]["status"], url("response"))),
        "Network.requestWillBeSent" => {
            let is_here = ["http://127.0.0.1:", "file:///"]
                .iter()
                .any(|here| url("request").starts_with(here));
            (!is_here).then(|| format!("asked for {}", url("request")))
        }
        _ => None,
    }
}

//! A stock Bugsink on loopback, with one project.

use crate::installed::{folder, output, program, python};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use tempfile::TempDir;

pub struct Bugsink {
    server: Child,
    /// Its settings, its data and its home.
    _folder: TempDir,
    address: String,
    project: String,
    key: String,
    token: String,
}

impl Drop for Bugsink {
    fn drop(&mut self) {
        // A worker ends when its master has gone.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Bugsink {
    pub fn start() -> Bugsink {
        let folder = tempfile::tempdir().expect("a directory");
        let here = |mut command: Command| {
            command.current_dir(&folder).env("HOME", folder.path());
            command
        };
        let local = ["--template=local", "--host=127.0.0.1", "--port=80"];
        output(here(program("bugsink-create-conf")).args(local));
        configure(&folder);
        output(here(program("bugsink-manage")).args(["migrate", "--database=default"]));
        output(here(program("bugsink-manage")).args(["migrate", "snappea", "--database=snappea"]));
        let made = output(&mut here(python("project.py")));
        let [project, key, token] = made.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{made}");
        };
        let mut gunicorn = here(program("gunicorn"));
        gunicorn.args([
            "--bind=127.0.0.1:0",
            "--threads=4",
            "--no-control-socket",
            "bugsink.wsgi",
        ]);
        gunicorn.env("PYTHONPATH", folder.path());
        let mut server = gunicorn.stderr(Stdio::piped()).spawn().expect("it starts");
        let address = address(&mut server);
        Bugsink {
            server,
            address,
            project: project.to_owned(),
            key: key.to_owned(),
            token: token.to_owned(),
            _folder: folder,
        }
    }

    /// The DSN of the project.
    pub fn dsn(&self) -> String {
        format!("http://{}@{}/{}", self.key, self.address, self.project)
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The issues of the project.
    pub fn issues(&self) -> Vec<Value> {
        self.all(&format!("issues/?project={}", self.project))
    }

    /// How many events all issues have together.
    pub fn events(&self) -> u64 {
        let count = |issue: &Value| issue["stored_event_count"].as_u64().expect("a number");
        self.issues().iter().map(count).sum()
    }

    /// The values that a tag has in the events of an issue, each with its count.
    pub fn tag(&self, issue: &Value, name: &str) -> Vec<Value> {
        let id = issue["id"].as_str().expect("an id");
        let tags = self.all(&format!("issues/{id}/tags/"));
        tags.into_iter().filter(|tag| tag["key"] == name).collect()
    }

    /// A list of the API, page by page.
    fn all(&self, path: &str) -> Vec<Value> {
        let mut next = format!("http://{}/api/canonical/0/{path}", self.address);
        let mut all = Vec::new();
        loop {
            let answer = ureq::get(&next)
                .header("Authorization", format!("Bearer {}", self.token))
                .call();
            let text = answer.and_then(|mut it| it.body_mut().read_to_string());
            let page = text.unwrap_or_else(|error| panic!("{next}: {error}"));
            let page: Value = serde_json::from_str(&page).expect("JSON");
            let results = page["results"]
                .as_array()
                .unwrap_or_else(|| panic!("{page}"));
            all.extend(results.iter().cloned());
            match page["next"].as_str() {
                Some(further) => further.clone_into(&mut next),
                None => return all,
            }
        }
    }
}

/// It keeps to itself: what it takes in is in its folder, and it calls nowhere. All else is as it is delivered.
fn configure(folder: &TempDir) {
    let file = folder.path().join("bugsink_conf.py");
    let ingest = folder.path().join("ingest");
    let settings = fs::read_to_string(&file).expect("it was made");
    let own = format!(
        "\nBUGSINK[\"PHONEHOME\"] = False\nBUGSINK[\"INGEST_STORE_BASE_DIR\"] = {:?}\n",
        ingest.to_str().expect("text")
    );
    fs::write(&file, settings + &own).expect("our own directory");
}

/// The address that the server says it listens at. What it says further is read and left.
fn address(server: &mut Child) -> String {
    let mut lines = BufReader::new(server.stderr.take().expect("it is piped")).lines();
    let mut said = String::new();
    let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
        said = format!("{said}{line}\n");
        let (_, behind) = line.split_once("Listening at: http://")?;
        behind.split(' ').next().map(str::to_owned)
    });
    thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    address.unwrap_or_else(|| panic!("{}: {said}", folder().display()))
}

//! `rarefy serve` as a browser uses it: through a socket, while studies run.

#[path = "support/made_up.rs"]
mod made_up;
#[path = "support/running.rs"]
mod running;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use made_up::make_up;
use rarefy::study::{Folder, Record};
use running::Running;
use serde_json::Value;

/// A page with many trials should take less than a second; a machine that runs other tests as well
/// may take longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server that ends with the test.
struct Server {
    command: Running,
    port: u16,
    first: String,
}

/// A response of the server.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut values = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value)
    }

    fn ok(self) -> String {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }
}

impl Server {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command =
            Running::start(folder, &[&["serve", ".", "--port", "0"], arguments].concat());
        let first = command.first_line();
        let port = first.rsplit_once("127.0.0.1:").expect("it says where").1;
        let port = port.split('/').next().unwrap().parse().unwrap();
        Self { command, port, first }
    }

    fn stream(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// The response to a request with this head.
    fn raw(&self, head: &str) -> Answer {
        let mut stream = self.stream();
        stream.write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
        let mut text = Vec::new();
        stream.read_to_end(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn get(&self, path: &str) -> Answer {
        self.raw(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}", self.port))
    }

    /// A stream of events, after its head.
    fn events(&self, path: &str) -> BufReader<TcpStream> {
        let mut stream = self.stream();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "the head has an end");
        }
        lines
    }
}

/// The data of the next event.
fn event(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the stream goes on");
        if let Some(data) = line.strip_prefix("data: ") {
            return data.trim().to_owned();
        }
    }
}

fn run(folder: &Path, study: &str, out: &str) -> Running {
    let (file, to) = (format!("{out}.toml"), format!("out/{out}"));
    fs::write(folder.join(&file), study).unwrap();
    Running::start(folder, &["study", "run", &file, "--quiet", "--jobs", "1", "--out", &to])
}

/// Includes text that would be markup if it were not escaped.
const SMALL: &str = "
name = '<script>alert(1)</script>\"&'
[data]
reber = { count = 200 }
[base]
layers = [4]
epochs = 2
retrain_epochs = 1
[axes]
cell = ['rnn_tanh', 'gru']
percent = [50, 99.5]
";

const WIRED: &str = "
name = 'wired'
[data]
reber = { count = 200 }
[base]
cell = 'lstm'
epochs = 1
family = 'watts_strogatz'
nodes = 12
k = 4
[axes]
graph = [0, 1]
";

/// The links in a page that begin with `start`.
fn links(page: &str, start: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.starts_with(start)).map(|link| link.replace("&#38;", "&")).collect()
}

#[test]
fn studies_their_trials_and_their_pictures_are_shown() {
    let place = tempfile::tempdir().unwrap();
    run(place.path(), SMALL, "small").finish();
    run(place.path(), WIRED, "wired").finish();
    let server = Server::start(&place.path().join("out"), &["--json"]);
    let said: Value = serde_json::from_str(&server.first).unwrap();
    assert_eq!(said["studies"], serde_json::json!(["small", "wired"]));
    assert_eq!(said["port"], server.port);

    let front = server.get("/").ok();
    let studies = links(&front, "/study/").into_iter().filter(|link| !link.contains("/trial/"));
    assert_eq!(studies.collect::<Vec<_>>(), ["/study/small", "/study/wired"]);
    assert!(front.contains("<strong>6</strong> of 6 done"), "{front}");

    let page = server.get("/study/small").ok();
    assert!(!page.contains("<script>") && page.contains("&#60;script&#62;alert(1)"), "{page}");
    assert!(page.contains("1 to 6 of 6 trials") && page.contains("<svg class=\"chart\""));
    let trials = links(&page, "/study/small/trial/");
    // Mean curves: base training and retraining after pruning, one line per cell.
    assert_eq!(page.matches("<svg class=\"chart\"").count(), 2);
    for cell in ["cell-gru", "cell-rnn-tanh"] {
        let lines = format!("<g class=\"line {cell}\"><path class=\"stroke\" d=\"M");
        // In each chart and in its legend.
        assert_eq!(page.matches(&lines).count(), 4, "{page}");
    }
    // The table has all trials, and the best one is also named above it.
    assert_eq!(trials.len(), 6 + 1, "{trials:?}");

    // Filters, and sorting.
    let of = |query: &str| {
        links(&server.get(&format!("/study/small?{query}")).ok(), "/study/small/trial/")[1..]
            .to_vec()
    };
    assert_eq!(of("cell=gru").len(), 3);
    assert_eq!(of("q=percent%3D99.5+gru").len(), 1);
    // A filter matches whole values: 99 does not match 99.5.
    assert_eq!(of("q=percent%3D99").len(), 0);
    assert_eq!(of("state=waiting").len(), 0);
    assert_eq!(of("state=done&q=nothing").len(), 0);
    let (up, down) = (of("sort=percent"), of("sort=-percent"));
    assert!(up[0].contains("-50-") && down[0].contains("-99.5-"), "{up:?} {down:?}");
    assert!(
        !up[5].contains("-both-") && !down[5].contains("-both-"),
        "what has no percent is last"
    );
    // Only the curves of the selected trials.
    let hash = up[0].rsplit_once('-').unwrap().1;
    let picked = server.get(&format!("/study/small?pick={hash}")).ok();
    assert!(picked.contains("checked=") && picked.contains("id=\"clear\""), "{picked}");
    assert_eq!(picked.matches("class=\"stroke\" d=\"M32").count(), 1);

    // The page of a trial: what was pruned, by gate, and its record.
    let gru = of("q=percent%3D99.5+gru");
    let page = server.get(&gru[0]).ok();
    for part in
        ["epochs to recover", "reset", "hidden to hidden", "<svg class=\"mask\"", "retrain_epochs"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(page.matches("<svg class=\"mask\"").count() % 3, 0, "three gates each");
    let record = server.get(&format!("{}/record.json", gru[0]));
    assert_eq!(record.header("content-type"), Some("application/json"));
    let record: Record = serde_json::from_str(&record.ok()).unwrap();
    let kept = |page: &str| -> usize {
        let kept = page.split("<br/>").skip(1).filter_map(|rest| rest.split(" of ").next());
        kept.map(|kept| kept.parse::<usize>().unwrap()).sum()
    };
    let pruned = record.pruned.unwrap();
    let all = (pruned.pruned_ih + pruned.pruned_hh) as f64 / pruned.sparsity;
    assert_eq!(kept(&page), all.round() as usize - pruned.pruned_ih - pruned.pruned_hh);

    // A graph, and the masks that it gives to the network.
    let wired = links(&server.get("/study/wired").ok(), "/study/wired/trial/");
    let page = server.get(&wired[0]).ok();
    assert!(page.contains("<svg class=\"graph\"") && page.contains("12 nodes"), "{page}");
    assert_eq!(page.matches("<svg class=\"mask\"").count() % 4, 0, "four gates each");
    assert!(page.contains("<svg class=\"mask\"") && page.contains("forget"), "{page}");

    // If the folder holds one study, the page is that of the study.
    let alone = Server::start(&place.path().join("out/small"), &[]);
    assert!(alone.first.starts_with("http://127.0.0.1:"), "{}", alone.first);
    assert!(alone.get("/").ok().contains("1 to 6 of 6 trials"));
}

#[test]
fn what_is_not_for_others_is_refused() {
    let place = tempfile::tempdir().unwrap();
    run(place.path(), SMALL, "small").finish();
    let out = place.path().join("out");
    fs::write(place.path().join("secret"), "secret").unwrap();
    // Symbolic links that lead outside: to a study, and to a record.
    let outside = place.path().join("outside");
    fs::create_dir(&outside).unwrap();
    for name in ["study.toml", "study.json"] {
        fs::copy(out.join("small").join(name), outside.join(name)).unwrap();
    }
    std::os::unix::fs::symlink(&outside, out.join("linked")).unwrap();
    let fan = fs::read_dir(out.join("small/trials")).unwrap().next().unwrap().unwrap().path();
    let record = fs::read_dir(&fan).unwrap().next().unwrap().unwrap().path();
    let moved = place.path().join("record");
    fs::rename(&record, &moved).unwrap();
    std::os::unix::fs::symlink(&moved, &record).unwrap();

    let server = Server::start(&out, &[]);
    let name = record.file_stem().unwrap().to_str().unwrap();
    let trial = format!("/study/small/trial/{name}");
    assert!(server.get(&trial).ok().contains("Waiting"), "a record elsewhere is none");
    for path in [
        "/study/linked",
        "/study/outside",
        "/study/small/trial/gru-seed0-0000000000000000",
        &format!("{trial}/record.json"),
        "/secret",
        "/study.toml",
    ] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    for path in [
        "/..",
        "/../secret",
        "/study/../secret",
        "/study/..%2F..%2Fsecret",
        "/study/%2e%2e/secret",
        "/study/small/trial/%2e%2e%2f%2e%2e%2fsecret/record.json",
        "//secret",
        "/study/%2Fetc%2Fpasswd",
        "/study/small%5C..",
        "/study/small%00",
    ] {
        let answer = server.get(path);
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.body.contains("secret"), "{path}");
    }

    // Only methods that read are allowed.
    let with = |method: &str| {
        server.raw(&format!(
            "{method} / HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: 0",
            server.port
        ))
    };
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = with(method);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    let head = with("HEAD");
    assert_eq!((head.status, head.body.as_str()), (200, ""));

    // Only under its own host names.
    let under = |host: &str| server.raw(&format!("GET / HTTP/1.1\r\nHost: {host}")).status;
    for host in ["localhost", "localhost:9", "127.0.0.1", "[::1]:80"] {
        assert_eq!(under(host), 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example:80", "192.0.2.1", "0.0.0.0"] {
        assert_eq!(under(host), 403, "{host}");
    }
    assert_eq!(server.raw("GET / HTTP/1.1").status, 400);
    assert_eq!(server.raw("GET http://evil.example/ HTTP/1.1\r\nHost: localhost").status, 403);

    // Headers of every response.
    for path in ["/", "/study/none", "/script.js"] {
        let answer = server.get(path);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("access-control-allow-origin").is_none());
    }
    // No page loads anything from elsewhere.
    for path in ["/", "/study/small", &trial, "/style.css", "/script.js"] {
        let body = server.get(path).ok();
        assert!(!body.contains("http://") && !body.contains("https://"), "{path}");
        assert!(!body.contains(" style=") && !body.contains("onclick"), "{path}");
    }
}

#[test]
fn pages_follow_a_study_that_runs() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    fs::create_dir(&out).unwrap();
    let server = Server::start(&out, &[]);
    assert!(server.get("/").ok().contains("<code>study.toml</code>"));
    // One trial of several seconds, so that its epochs show before it is done.
    let long = SMALL.replace("count = 200", "count = 4000").replace("[4]", "[24]");
    let long = long.replace("epochs = 2", "epochs = 120").replace("'rnn_tanh', ", "");
    let long = long.replace(", 99.5", "");
    let child = run(place.path(), &long, "long");
    let deadline = Instant::now() + Duration::from_secs(180);
    while server.get("/study/long").status != 200 {
        assert!(Instant::now() < deadline, "the study is found");
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut events = server.events("/events?study=long");
    let mut versions = vec![event(&mut events)];
    let mut growing = 0;
    loop {
        let page = server.get("/study/long").ok();
        if page.contains(" of 120</td>") && page.contains("class=\"stroke\" d=\"M32") {
            growing += 1;
        }
        if page.contains("<strong>2</strong> of 2 done") {
            break;
        }
        versions.push(event(&mut events));
        assert!(Instant::now() < deadline, "the study ends");
    }
    child.finish();
    assert!(growing > 0, "the epochs of a trial under way were seen");
    assert!(versions.windows(2).all(|pair| pair[0] != pair[1]), "{versions:?}");
    let left: Vec<_> = fs::read_dir(out.join("long/trials"))
        .unwrap()
        .flat_map(|fan| fs::read_dir(fan.unwrap().path()).unwrap())
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".json"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    // A trial that is computed again counts as waiting until it is done, and the page gets an
    // event.
    let fan = fs::read_dir(out.join("long/trials")).unwrap().next().unwrap().unwrap().path();
    let record = fs::read_dir(&fan).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(record).unwrap();
    event(&mut events);
    assert!(server.get("/study/long").ok().contains("<strong>1</strong> waiting"));
}

#[test]
fn an_interrupt_ends_it_even_while_a_page_listens() {
    let place = tempfile::tempdir().unwrap();
    run(place.path(), WIRED, "wired").finish();
    let mut server = Server::start(&place.path().join("out"), &[]);
    let mut events = server.events("/events?study=wired");
    event(&mut events);
    let kill = Command::new("kill").args(["-INT", &server.command.0.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let start = Instant::now();
    let status = server.command.0.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

#[test]
fn other_machines_are_let_in_only_when_that_is_asked_and_with_a_warning() {
    let place = tempfile::tempdir().unwrap();
    let log = fs::File::create(place.path().join("log")).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_rarefy"))
        .args(["serve", ".", "--port", "0", "--bind", "0.0.0.0"])
        .current_dir(place.path())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn();
    let mut command = Running(child.unwrap());
    let first = command.first_line();
    let port = first.trim().strip_prefix("http://127.0.0.1:").expect("an address to open");
    let server =
        Server { command, port: port.trim_end_matches('/').parse().unwrap(), first: String::new() };
    assert_eq!(server.get("/").status, 200);
    assert_eq!(server.raw("GET / HTTP/1.1\r\nHost: 192.0.2.1").status, 403, "not its address");
    let said = fs::read_to_string(place.path().join("log")).unwrap();
    assert!(said.contains("0.0.0.0") && said.contains("no password"), "{said}");
}

#[test]
fn a_port_that_is_taken_and_a_folder_that_is_none_are_said_to_be() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::start(place.path(), &[]);
    let said = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_rarefy"))
            .arg("serve")
            .args(arguments)
            .current_dir(place.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let taken = said(&[".", "--port", &server.port.to_string()]);
    assert!(taken.contains("cannot listen on 127.0.0.1") && taken.contains("--port 0"), "{taken}");
    assert!(said(&["nowhere"]).contains("cannot read nowhere"));
}

#[test]
fn the_first_page_of_10_000_trials_is_there_in_a_moment() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(&place.path().join("many"));
    make_up(&folder, 10_000, false);
    let start = Instant::now();
    let server = Server::start(folder.path(), &[]);
    let page = server.get("/").ok();
    let first = start.elapsed();
    assert!(page.contains("1 to 100 of 10000 trials"), "{page}");
    let time = |path: &str| {
        let start = Instant::now();
        (server.get(path).ok(), start.elapsed())
    };
    let (again, second) = time("/?page=2");
    assert!(again.contains("101 to 200 of 10000 trials"));
    let (sorted, third) = time("/?q=percent%3D90&sort=-seed&page=10");
    assert!(sorted.contains("901 to 1000 of 1000 trials (10000 in total)"), "{sorted}");
    // A page number past the end shows the last page.
    assert!(server.get("/?page=1000000").ok().contains("9901 to 10000 of 10000 trials"));
    assert!(server.get("/?page=x&sort=nothing&pick=y&state=z").ok().contains("1 to 100 of 10000"));
    // One record is removed: only that one is read again.
    let gone = links(&page, "/study/many/trial/").pop().unwrap();
    let name = gone.rsplit_once('/').unwrap().1;
    let fan = &name[name.rfind('-').unwrap() + 1..][..2];
    fs::remove_file(folder.path().join("trials").join(fan).join(format!("{name}.json"))).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let fourth = loop {
        let (changed, took) = time("/");
        if changed.contains("<strong>1</strong> waiting") {
            break took;
        }
        assert!(Instant::now() < deadline, "{changed}");
        std::thread::sleep(Duration::from_millis(50));
    };
    let memory =
        fs::read_to_string(format!("/proc/{}/status", server.command.0.id())).unwrap_or_default();
    let memory = memory.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    eprintln!(
        "10,000 trials: first page {first:?} after the start, the next {second:?}, \
         filtered and sorted {third:?}, after a change {fourth:?}; {memory}"
    );
    for took in [first, second, third, fourth] {
        assert!(took < PATIENCE, "{took:?}");
    }
}

/// Opens connections that have sent half a request.
fn half_open(server: &Server, count: usize) -> Vec<TcpStream> {
    let half = |_| {
        let mut stream = server.stream();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: local").unwrap();
        stream
    };
    (0..count).map(half).collect()
}

#[test]
fn whoever_sends_half_a_request_keeps_nobody_from_their_page() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("out")).unwrap();
    run(place.path(), SMALL, "small").finish();
    let server = Server::start(&place.path().join("out"), &[]);
    server.get("/").ok();
    let mut open = half_open(&server, 500);
    // Others request an answer but never read it.
    for stream in &mut open[450..] {
        stream.write_all(b"host\r\n\r\n").unwrap_or_default();
    }
    let start = Instant::now();
    assert!(server.get("/").ok().contains("Studies"));
    assert!(server.get("/study/small").ok().contains("gru-seed0"));
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    // The oldest connections were closed to make room.
    let mut rest = Vec::new();
    assert!(open[0].read_to_end(&mut rest).map_or(true, |count| count == 0), "{rest:?}");
    let descriptors = format!("/proc/{}/fd", server.command.0.id());
    let held = fs::read_dir(descriptors).unwrap().count();
    assert!(held < 300, "{held} descriptors");
}

#[test]
fn a_study_that_cannot_be_read_is_a_line_on_the_page_of_the_others() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    fs::create_dir(&out).unwrap();
    run(place.path(), SMALL, "small").finish();
    let broken = |name: &str, text: &str| {
        fs::create_dir(out.join(name)).unwrap();
        fs::write(out.join(name).join("study.toml"), text).unwrap();
    };
    broken("huge", "[base]\nepochs=1\ncell='gru'\n[axes]\nseed={from=0,to=9223372036854775807}\n");
    broken("cut", "[base\n");
    broken("deep", &format!("a={}", "[".repeat(400_000)));
    broken("long", &format!("[base]\n{} = 1\n", "x".repeat(1 << 20)));
    fs::create_dir(out.join("pipe")).unwrap();
    let fifo = |path: &Path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    fifo(&out.join("pipe/study.toml"));
    // A FIFO instead of a record, and one instead of the file of a study that has begun.
    let fan = fs::read_dir(out.join("small/trials")).unwrap().next().unwrap().unwrap().path();
    let record = fs::read_dir(fan).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(&record).unwrap();
    fifo(&record);
    broken("begun", "[base]\nepochs = 1\ncell = 'gru'\n");
    fifo(&out.join("begun/study.json"));

    let server = Server::start(&out, &[]);
    let start = Instant::now();
    let page = server.get("/").ok();
    assert!(page.len() < 100_000, "{} bytes", page.len());
    for says in ["at most 100000", "line 1", "regular file"] {
        assert!(page.contains(says), "{says}: {page}");
    }
    assert!(server.get("/study/small").ok().contains("gru-seed0"));
    for name in ["huge", "pipe", "deep", "long", "begun"] {
        assert!(server.get(&format!("/study/{name}")).ok().contains("class=\"note\""), "{name}");
    }
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

//! A minimal client of the WebDriver protocol, which drives a browser.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};

/// The arguments that keep Chromium from contacting anything but the sandbox.
const QUIET: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// The names of Chromium and Chrome where they are installed.
const BROWSERS: [&str; 4] =
    ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser", "/usr/bin/chrome"];

/// How to install a browser; Chrome with its `chromedriver`, as GitHub's runners have it, works too.
pub(crate) const INSTALL: &str = "apt-get install chromium chromium-driver";

/// Finds a browser that the installed driver can drive: a driver supports one major version.
fn installed() -> Option<&'static str> {
    let driver = major_version("chromedriver")?;
    BROWSERS.into_iter().find(|browser| major_version(browser).as_ref() == Some(&driver))
}

/// Reads the 130 in `Chromium 130.0.6723.91 built on Debian`.
fn major_version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let is_version = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit());
    Some(text.split(' ').find(is_version)?.split('.').next()?.to_owned())
}

/// A browser with a profile of its own.
pub(crate) struct Browser {
    driver: Child,
    profile: PathBuf,
    http: reqwest::Client,
    session: String,
}

/// The size of the screen, and whether scripts run.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) width: u32,
    pub(crate) dark: bool,
    pub(crate) scripts: bool,
}

impl Browser {
    /// Starts a browser and its driver; returns `None` when they are not installed.
    pub(crate) async fn start(screen: Screen) -> Option<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let binary = installed()?;
        let mut driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn().ok()?;
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let says_port =
            |line: String| line.split_once("successfully on port ").map(|(_, port)| port.to_owned());
        let port = lines.find_map(|line| says_port(line.unwrap())).unwrap();
        // The driver's output must be read, or the driver would block.
        std::thread::spawn(move || lines.for_each(drop));
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("dots-sandbox-{}-{number}", std::process::id()));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let base = format!("http://127.0.0.1:{}/session", port.trim_end_matches('.'));
        let mut browser = Self { driver, profile, http, session: base };
        let session = browser.command(Method::POST, "", browser.capabilities(binary, screen)).await;
        browser.session = format!("{}/{}", browser.session, session["sessionId"].as_str().unwrap());
        Some(browser)
    }

    fn capabilities(&self, binary: &str, screen: Screen) -> Value {
        let mut arguments: Vec<String> = QUIET.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", self.profile.display()));
        arguments.push(format!("--blink-settings=preferredColorScheme={}", if screen.dark { 0 } else { 1 }));
        let scripts = if screen.scripts { 1 } else { 2 };
        // A click does not wait for the page that it leads to; looking for an element does.
        json!({ "capabilities": { "alwaysMatch": { "timeouts": { "implicit": 20_000 }, "goog:chromeOptions": {
            "binary": binary,
            "args": arguments,
            "prefs": { "profile.managed_default_content_settings.javascript": scripts },
            "mobileEmulation": { "deviceMetrics": { "width": screen.width, "height": 800, "pixelRatio": 1, "touch": false } },
        } } } })
    }

    async fn command(&self, method: Method, path: &str, body: Value) -> Value {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.session));
        if method == Method::POST {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer: Value =
            serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
        assert!(answer["value"]["error"].is_null(), "{path} {body}: {answer}");
        answer["value"].clone()
    }

    pub(crate) async fn open(&self, url: &str) {
        self.command(Method::POST, "/url", json!({ "url": url })).await;
    }

    async fn find(&self, css: &str) -> String {
        self.find_by("css selector", css).await
    }

    /// Waits until an element exists, across the pages that load meanwhile.
    async fn find_by(&self, strategy: &str, value: &str) -> String {
        let body = json!({ "using": strategy, "value": value });
        let found = self.command(Method::POST, "/element", body).await;
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    pub(crate) async fn click(&self, css: &str) {
        let element = self.find(css).await;
        self.command(Method::POST, &format!("/element/{element}/click"), json!({})).await;
    }

    pub(crate) async fn write(&self, css: &str, text: &str) {
        let element = self.find(css).await;
        self.command(Method::POST, &format!("/element/{element}/value"), json!({ "text": text })).await;
    }

    /// Reads what an element shows.
    pub(crate) async fn text(&self, css: &str) -> String {
        let element = self.find(css).await;
        let text = self.command(Method::GET, &format!("/element/{element}/text"), Value::Null).await;
        text.as_str().unwrap().to_owned()
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.command(Method::POST, "/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// Waits until the page shows a text.
    pub(crate) async fn wait_for(&self, text: &str) {
        self.find_by("xpath", &format!("//body[contains(., '{text}')]")).await;
    }

    /// Ends the browser and deletes its profile.
    pub(crate) async fn end(self) {
        self.command(Method::DELETE, "", Value::Null).await;
    }

    /// Tells the driver to end the browser, which would otherwise outlive it, and waits for the answer.
    fn quit(&self) -> std::io::Result<()> {
        let place = self.session.trim_start_matches("http://");
        let (address, path) = place.split_once('/').unwrap_or((place, ""));
        let mut driver = TcpStream::connect(address)?;
        let request = format!("DELETE /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        driver.write_all(request.as_bytes())?;
        driver.set_read_timeout(Some(Duration::from_secs(10)))?;
        driver.read(&mut [0]).map(drop)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Errors are ignored: a test cannot mend them. A failed test has not ended its browser yet.
        let _ = self.quit();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

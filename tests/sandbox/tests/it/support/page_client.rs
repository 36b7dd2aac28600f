//! A client for the pages, without a browser: it opens them and sends their forms.

use reqwest::{Method, header::HeaderMap};

use super::client::TestSandbox;

/// A page as it arrived.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    #[track_caller]
    pub(crate) fn shows(&self, status: u16, texts: &[&str]) {
        assert_eq!(self.status, status, "{}", self.text);
        texts.iter().for_each(|text| assert!(self.text.contains(text), "`{text}` is not in {}", self.text));
    }
}

/// A client that opens pages and sends forms.
pub(crate) struct PageClient {
    http: reqwest::Client,
    pub(crate) base: String,
}

impl PageClient {
    pub(crate) fn of(sandbox: &TestSandbox) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { http: http.build().unwrap(), base: sandbox.url().trim_end_matches("/api").to_owned() }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        form: &str,
        headers: &[(&str, &str)],
    ) -> Page {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = self.http.request(method.clone(), url);
        if method == Method::POST {
            request =
                request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
        }
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Page { status, headers, text: answer.text().await.unwrap() }
    }

    pub(crate) async fn open(&self, path: &str) -> Page {
        self.send(Method::GET, path, "", &[]).await
    }

    pub(crate) async fn fill(&self, path: &str, form: &str) -> Page {
        self.send(Method::POST, path, form, &[]).await
    }
}

//! A browser without JavaScript: it keeps cookies, follows redirects when told to, and fills forms.

use super::{Answer, Call, TestServer};
use scraper::{Html, Selector};
use std::collections::BTreeMap;
use url::Url;

/// One browser.
pub(crate) struct Browser<'s> {
    server: &'s TestServer,
    cookies: BTreeMap<(String, String), String>,
    headers: Vec<(&'static str, &'static str)>,
}

/// A page, and where it came from.
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) answer: Answer,
}

impl<'s> Browser<'s> {
    pub(crate) fn new(server: &'s TestServer) -> Self {
        Self {
            server,
            cookies: BTreeMap::new(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn server(&self) -> &'s TestServer {
        self.server
    }

    /// Sends a header with everything from now on.
    pub(crate) fn always(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn cookie(&self, host: &str, name: &str) -> Option<&str> {
        self.cookies
            .get(&(host.to_owned(), name.to_owned()))
            .map(String::as_str)
    }

    pub(crate) fn set_cookie(&mut self, host: &str, name: &str, value: &str) {
        self.cookies
            .insert((host.to_owned(), name.to_owned()), value.to_owned());
    }

    pub(crate) async fn get(&mut self, url: &str) -> Page {
        self.call("GET", Url::parse(url).unwrap(), None).await
    }

    pub(crate) async fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Page {
        self.call("POST", Url::parse(url).unwrap(), Some(fields))
            .await
    }

    /// Follows redirects to the end.
    pub(crate) async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..10 {
            let Some(location) = page.answer.header("location") else {
                return page;
            };
            let url = page.url.join(location).unwrap();
            page = self.call("GET", url, None).await;
        }
        panic!("more than ten redirects, at last {}", page.url);
    }

    /// Sends the page's first form as it is, but for `typed`.
    pub(crate) async fn submit(&mut self, page: &Page, typed: &[(&str, &str)]) -> Page {
        let (action, mut fields) = page.form();
        for (name, value) in typed {
            fields.retain(|(have, _)| have != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.call("POST", action, Some(&fields)).await
    }

    async fn call(&mut self, method: &str, url: Url, fields: Option<&[(&str, &str)]>) -> Page {
        let host = url.host_str().unwrap().to_owned();
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let mut call = Call::new(method, &host, target);
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .filter(|((of, _), _)| *of == host)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            call = call.header("Cookie", &cookies.join("; "));
        }
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        if let Some(fields) = fields {
            call = call.form(fields);
        }
        let answer = self.server.answer(call).await;
        for cookie in answer.all("set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let key = (host.clone(), name.to_owned());
            if value.is_empty() {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, value.to_owned());
            }
        }
        Page { url, answer }
    }
}

impl Page {
    pub(crate) fn body(&self) -> &str {
        &self.answer.body
    }

    /// The value of the first field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let page = Html::parse_document(self.body());
        let field = Selector::parse(&format!("input[name=\"{name}\"]")).unwrap();
        let value = page.select(&field).next()?.attr("value");
        Some(value.unwrap_or_default().to_owned())
    }

    /// Text of the first element with that id.
    pub(crate) fn text(&self, id: &str) -> Option<String> {
        let page = Html::parse_document(self.body());
        let element = Selector::parse(&format!("[id=\"{id}\"]")).unwrap();
        let element = page.select(&element).next()?;
        Some(element.text().collect::<String>())
    }

    /// The stable code on a page that refuses.
    pub(crate) fn code(&self) -> Option<String> {
        self.text("errorCode")
    }

    /// Where the first form goes.
    pub(crate) fn action(&self) -> Url {
        self.form().0
    }

    /// Where the first form goes, and what it sends as it is.
    fn form(&self) -> (Url, Vec<(String, String)>) {
        let page = Html::parse_document(self.body());
        let [form, input, base] =
            ["form", "input", "base"].map(|tag| Selector::parse(tag).unwrap());
        let base = page.select(&base).next().and_then(|base| base.attr("href"));
        let base = self.url.join(base.unwrap_or("")).unwrap();
        let form = page
            .select(&form)
            .next()
            .unwrap_or_else(|| panic!("no form: {}", self.answer));
        let fields = form
            .select(&input)
            .filter_map(|input| {
                Some((
                    input.attr("name")?.to_owned(),
                    input.attr("value").unwrap_or_default().to_owned(),
                ))
            })
            .collect();
        (
            base.join(form.attr("action").unwrap_or("")).unwrap(),
            fields,
        )
    }
}

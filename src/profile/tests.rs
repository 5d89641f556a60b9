//! What a profile makes of heads, and which lists are none.

use super::*;

const HOST_AND_PORT: &str = "127.0.0.1:8080";

fn browser(cookie: usize) -> Headers {
    Headers { profile: Profile::Browser, cookie, ..Headers::default() }
}

fn names(head: &HeaderMap) -> Vec<&str> {
    head.keys().map(HeaderName::as_str).collect()
}

#[test]
fn minimal_is_the_host_and_what_was_asked_for() {
    for transport in Transport::ALL {
        let head = |headers: &Headers, persistence| {
            request(headers, persistence, transport, Carrier::H1, HOST_AND_PORT).expect("valid")
        };
        assert_eq!(names(&head(&Headers::default(), Persistence::KeepAlive)), ["host"]);
        let all = head(&Headers { cookie: 100, ..Headers::default() }, Persistence::Close);
        let expected: &[&str] = match transport {
            Transport::Polling | Transport::LongPolling => &["host", "connection", "cookie"],
            Transport::Sse | Transport::Websocket => &["host", "cookie"],
            Transport::RawTcp => &["host"],
        };
        assert_eq!(names(&all), expected);
        assert!(Answers::new(&Headers::default()).expect("valid").added.iter().all(HeaderMap::is_empty));
    }
}

#[test]
fn the_recording_has_a_head_for_every_transport_but_the_floor() {
    for transport in Transport::ALL {
        let sections = ["request", "response"].map(|side| section(&format!("{side} {transport}")).count());
        assert_eq!(sections.iter().all(|&fields| fields > 4), transport != Transport::RawTcp, "{transport}");
        let head = request(&browser(0), Persistence::KeepAlive, transport, Carrier::H1, HOST_AND_PORT).expect("valid");
        assert_eq!(head.contains_key("user-agent"), transport != Transport::RawTcp);
        assert!(!head.contains_key(COOKIE));
        assert!(head.values().all(|value| !value.as_bytes().starts_with(b"{") || transport == Transport::Websocket));
    }
    assert!(BROWSER.contains("# Requests: Chromium 1") && BROWSER.contains("recorded 20"));
}

#[test]
fn the_cookie_stands_where_the_browser_puts_it() {
    let head = request(&browser(1024), Persistence::KeepAlive, Transport::Websocket, Carrier::H1, HOST_AND_PORT)
        .expect("valid");
    let names = names(&head);
    assert_eq!(names.iter().position(|&name| name == "cookie"), Some(10));
    assert_eq!(names[11], "sec-websocket-key");
    assert_eq!(head[COOKIE].len(), 1024);
    assert_eq!(head["origin"], "http://127.0.0.1:8080");
}

#[test]
fn a_connection_of_its_own_is_asked_for_in_the_same_place() {
    let head =
        |persistence| request(&browser(0), persistence, Transport::Polling, Carrier::H1, HOST_AND_PORT).expect("valid");
    let (kept, closed) = (head(Persistence::KeepAlive), head(Persistence::Close));
    assert_eq!(
        (&kept[CONNECTION], &closed[CONNECTION]),
        (&"keep-alive".parse().expect("a value"), &"close".parse().expect("a value"))
    );
    assert_eq!(names(&kept), names(&closed));
}

#[test]
fn answers_are_added_to() {
    let answers = Answers::new(&browser(0)).expect("valid");
    let added = |transport, last| {
        let mut head = HeaderMap::new();
        answers.add(transport, last, &mut head);
        names(&head).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(added(Transport::Polling, false), ["server", "connection"]);
    assert_eq!(added(Transport::LongPolling, true), ["server"]);
    assert_eq!(added(Transport::Websocket, false), ["server"]);
    assert_eq!(added(Transport::RawTcp, false), [""; 0]);
    let list = Some(vec!["Set-Cookie: a=1".into(), "set-cookie: b=2".into()]);
    let answers = Answers::new(&Headers { response: list, ..browser(0) }).expect("valid");
    let mut head = HeaderMap::new();
    answers.add(Transport::Sse, false, &mut head);
    assert_eq!(head.get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
    assert_eq!(head.len(), 2);
}

#[test]
fn a_list_replaces_the_profile() {
    let list = Some(vec!["X-Api-Key: 12".into(), "accept:\t*/* ".into(), "x-empty:".into()]);
    let headers = Headers { request: list, ..browser(20) };
    let head =
        request(&headers, Persistence::KeepAlive, Transport::Polling, Carrier::H1, HOST_AND_PORT).expect("valid");
    assert_eq!(names(&head), ["host", "x-api-key", "accept", "x-empty", "cookie"]);
    assert_eq!((&head["accept"], &head["x-empty"]), (&HeaderValue::from_static("*/*"), &HeaderValue::from_static("")));
}

#[test]
fn a_list_is_checked() {
    let says = |field: &str, answers| check(&["a: b".into(), field.into()], answers, 10).expect_err(field);
    for (field, reason) in [
        ("no colon", "`name: value`"),
        ("a b: c", "a header's name"),
        (": c", "a header's name"),
        ("name : c", "a colon right behind it"),
        ("a: b\nc: d", "no line end"),
        ("a: \u{e9}", "visible ASCII"),
        ("Host: x", "`host` belongs to the connection"),
        ("Connection: close", "`connection` belongs"),
        ("Content-Length: 1", "`content-length` belongs"),
        ("Transfer-Encoding: chunked", "belongs"),
        ("Sec-WebSocket-Protocol: x", "belongs"),
        ("TE: trailers", "belongs"),
        ("Cursor: 5", "belongs"),
        ("Cookie: a=b", "one of the two"),
    ] {
        let (place, said) = says(field, false);
        assert_eq!(place, Some(1), "{field}");
        assert!(said.contains(reason), "{field}: {said}");
    }
    assert!(says("Content-Type: text/css", true).1.contains("belongs"));
    assert_eq!(check(&["Cache-Control: no-cache".into()], false, 0), Ok(()));
    assert!(check(&vec!["a: b".into(); 81], false, 0).expect_err("many").1.contains("81 fields"));
    assert!(check(&["a: b".into()], false, 64 << 10).expect_err("large").1.contains("65536 B"));
    assert_eq!(check(&[format!("a: {}", "b".repeat(60_000))], true, 0), Ok(()));
}

#[test]
fn who_takes_gzip_says_so_and_a_browser_has_said_it() {
    let accepts = |value: &str| {
        let mut head = HeaderMap::new();
        head.insert("accept-encoding", HeaderValue::from_str(value).expect("a value"));
        accepts_gzip(&head)
    };
    for value in ["gzip", "br, GZIP", "deflate,x-gzip;q=0.1", "*", "br;q=1, *;q=0.5", "gzip ; q=1"] {
        assert!(accepts(value), "{value}");
    }
    for value in ["", "br", "gzip;q=0", "gzip; q=0.000, *", "gzip;q=x", "identity"] {
        assert!(!accepts(value), "{value}");
    }
    assert!(!accepts_gzip(&HeaderMap::new()));
    for (headers, sent) in [(Headers::default(), "gzip"), (browser(0), "gzip, deflate, br, zstd")] {
        let mut head =
            request(&headers, Persistence::KeepAlive, Transport::Sse, Carrier::H1, HOST_AND_PORT).expect("valid");
        let before = names(&head).len();
        take_gzip(&mut head);
        assert_eq!(head["accept-encoding"], sent);
        assert_eq!(names(&head).len() - before, usize::from(sent == "gzip"));
    }
    assert!(takes_gzip(&["a: b".into()]) && takes_gzip(&["Accept-Encoding: br, gzip".into()]));
    assert!(!takes_gzip(&["Accept-Encoding: br".into()]));
}

#[test]
fn a_listed_cache_control_stands_in_the_rooms_place() {
    let response = Some(vec!["cache-control: private".to_owned(), "server: example".to_owned()]);
    assert_eq!(check(response.as_deref().unwrap_or_default(), true, 0), Ok(()));
    let answers = Answers::new(&Headers { response, ..Headers::default() }).expect("fields");
    let mut head = HeaderMap::new();
    head.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answers.add(Transport::Polling, false, &mut head);
    assert_eq!(head.get_all(CACHE_CONTROL).iter().collect::<Vec<_>>(), ["private"]);
    assert_eq!(head.len(), 2);
    Answers::default().add(Transport::Polling, false, &mut head);
    assert_eq!(head[CACHE_CONTROL], "private");
}

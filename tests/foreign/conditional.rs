//! Conditional polls, said by hand (RFC 9110, 13): tags, 304 and what stands beside them.

use crate::http::{Answer, Plain};
use crate::served::{Served, assert_consecutive, number};

/// A tag beyond all that is published.
const AHEAD: &str = "\"1000000\"";

fn ask(plain: &mut Plain, path: &str, more: &str) -> Answer {
    plain.get(path, &format!("{more}\r\n"));
    plain.answer()
}

fn numbers(answer: &Answer) -> Vec<u64> {
    answer.body.split('\n').map(|update| number(update.as_bytes())).collect()
}

/// RFC 9110, 15.4.5: what a 200 would have had of these, and nothing of a content that there is not.
fn assert_unmodified(answer: &Answer, tag: &str, kept: &str) {
    assert_eq!((answer.status, answer.header("etag")), (304, Some(tag)), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some(kept), "{answer:?}");
    assert!(answer.header("date").is_some(), "{answer:?}");
    for name in ["content-length", "content-type", "content-encoding", "transfer-encoding", "cursor"] {
        assert_eq!(answer.header(name), None, "{answer:?}");
    }
}

#[test]
fn a_poll_repeats_its_url_and_the_tag_says_where_it_stands() {
    let served = Served::start();
    let mut plain = Plain::connect(served.address);
    // held until the feed has begun
    let first = ask(&mut plain, "/long-polling", "If-None-Match: \"0\"");
    assert_eq!((first.status, first.header("cursor")), (200, None), "{first:?}");
    assert_eq!((numbers(&first)[0], first.header("cache-control")), (1, Some("no-store")));

    let mut all = numbers(&first);
    let mut tag = first.header("etag").expect("a tag").to_owned();
    for _ in 0..3 {
        assert_eq!(tag, format!("\"{}\"", all.last().expect("some")), "the tag is the last update's number");
        let answer = ask(&mut plain, "/long-polling", &format!("If-None-Match: {tag}"));
        assert_eq!(answer.status, 200);
        all.extend(numbers(&answer));
        tag = answer.header("etag").expect("a tag").to_owned();
    }
    assert_consecutive(&all);

    // on the same connection: it goes on behind answers that have no body
    for path in ["/polling", "/polling?since=3", "/long-polling?timeout=50ms"] {
        assert_unmodified(&ask(&mut plain, path, &format!("If-None-Match: {AHEAD}")), AHEAD, "no-store");
    }
    let listed = ask(&mut plain, "/polling", &format!("If-None-Match: \"x\", W/{AHEAD}, \"2\""));
    assert_unmodified(&listed, AHEAD, "no-store");
    served.stop();
}

#[test]
fn the_newest_update_is_a_resource_that_may_be_kept_if_it_is_asked_for() {
    let served = Served::start();
    let mut plain = Plain::connect(served.address);
    assert_eq!(ask(&mut plain, "/long-polling", "If-None-Match: \"0\"").status, 200);
    let newest = ask(&mut plain, "/polling?answer=latest", "If-None-Match: \"0\"");
    let tag = format!("\"{}\"", numbers(&newest)[0]);
    assert_eq!((newest.status, newest.header("etag"), newest.header("vary")), (200, Some(&*tag), None));
    assert_eq!(newest.header("cache-control"), Some("no-cache"));
    let kept = ask(&mut plain, "/polling?answer=latest", &format!("If-None-Match: {AHEAD}"));
    assert_unmodified(&kept, AHEAD, "no-cache");

    // a tag stands for other octets where the answer may be coded: it is weak, and what is kept has to be asked for again
    let coded = ask(&mut plain, "/polling?answer=latest", &format!("Accept-Encoding: gzip\r\nIf-None-Match: {AHEAD}"));
    assert_unmodified(&coded, &format!("W/{AHEAD}"), "no-cache");
    assert_eq!(coded.header("vary"), Some("accept-encoding"));
    served.stop();
}

#[test]
fn a_tag_that_no_answer_had_matches_nothing_and_a_star_everything() {
    let served = Served::start();
    let mut plain = Plain::connect(served.address);
    let unknown = ask(&mut plain, "/polling", "If-None-Match: \"x\"");
    assert_eq!(unknown.status, 204, "{unknown:?}");
    let standing = unknown.header("etag").expect("where the feed stands").to_owned();
    let any = ask(&mut plain, "/polling", "If-None-Match: *");
    assert_eq!(any.status, 304, "{any:?}");
    let next = ask(&mut plain, "/long-polling", &format!("If-None-Match: {standing}"));
    assert_eq!(numbers(&next)[0], standing.trim_matches('"').parse::<u64>().expect("a number") + 1);
    served.stop();
}

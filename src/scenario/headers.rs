//! `[headers]`: what heads hold beyond what the protocol needs.

use super::file;
use super::source::{Invalid, Source};
use crate::kind::{Compression, Transport};
use crate::profile::{self, LARGEST_COOKIE};
use crate::trial::Headers;

/// What the heads of `transport` hold; nothing of their own on the floor.
pub(super) fn read(
    headers: &file::Headers,
    source: &Source<'_>,
    transport: Transport,
    compression: Compression,
) -> Result<Headers, Invalid> {
    let cookie = headers.cookie.0;
    let fits = cookie == 0 || (profile::cookie::MIN_LEN..=LARGEST_COOKIE).contains(&cookie);
    source.demand(fits, "headers.cookie", || {
        let (least, most) = (profile::cookie::MIN_LEN, LARGEST_COOKIE >> 10);
        format!("{cookie} B: a cookie is {least} B to {most} KiB, or 0 for none")
    })?;
    let lists =
        [("headers.request", &headers.request, false, cookie), ("headers.response", &headers.response, true, 0)];
    for (key, list, answers, cookie) in lists {
        profile::check(list.as_deref().unwrap_or_default(), answers, cookie).map_err(|(index, reason)| {
            source.invalid(&index.map_or(key.to_owned(), |index| format!("{key}[{index}]")), reason)
        })?;
    }
    let list = headers.request.as_deref().unwrap_or_default();
    source.demand(compression.is_none() || profile::takes_gzip(list), "headers.request", || {
        "`compression = \"gzip\"` needs a client that takes gzip: `accept-encoding` names it, or is left out".into()
    })?;
    if transport == Transport::RawTcp {
        return Ok(Headers::default());
    }
    let (request, response) = (headers.request.clone(), headers.response.clone());
    Ok(Headers { profile: headers.profile, cookie, request, response })
}

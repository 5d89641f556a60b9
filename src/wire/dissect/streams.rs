//! A connection that HTTP/2 carries (RFC 9113), both directions: many streams at a time.
//!
//! What an exchange or a message is made of is placed on its own page, so that the end of one stream's event does not
//! enter another's request. A frame that is control is entered by itself.
//!
//! What an endpoint would have to end the connection for cannot be placed, and nothing after it in that direction: a
//! frame that is none, or not there; a header block that is none, as all later ones hang on it. What it would end a
//! stream for, or overlook, is `other` alone. What was under way on a stream when one side gave it up is what it was.
//!
//! No octet shows that it is wrong in flags and bits that mean nothing, in priorities, windows, what a PING or
//! GOAWAY says, in fields other than `:status`; nor an END_STREAM that is missing, a number that is another open stream's,
//! a length that could be that of a frame within which the connection broke.

use super::content::Purpose;
use super::frame::{self, Frame, Kind, PREFACE, Part, Reader};
use super::hpack::Decoder;
use super::ledger::{Layer, Ledger, Open, Page, Way, What};
use super::stream::{Said, Table};

/// No header block is longer.
const LONGEST_BLOCK: usize = 1 << 20;
/// Octets of one setting (6.5.1).
const SETTING: usize = 6;

/// Places every octet of a connection.
#[derive(Clone, Debug)]
pub struct Streams {
    purpose: Purpose,
    table: Table,
    lanes: [Lane; 2],
}

/// One direction.
#[derive(Clone, Debug, Default)]
struct Lane {
    reader: Reader,
    /// Octets of the client's preface that are still to come, or of none.
    preface: usize,
    /// The settings that come first have come.
    settled: bool,
    /// No boundary can be found any more.
    lost: bool,
    role: Role,
    /// The stream that the frame is part of.
    on: Option<u32>,
    /// Where the frame's head and padding belong.
    layer: Layer,
    /// The header block under way.
    block: Block,
    hpack: Decoder,
    setting: [u8; SETTING],
    setting_len: usize,
    /// A setting was one that there cannot be.
    misset: bool,
    /// What belongs to no stream.
    open: Open,
}

/// What a frame is to the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Role {
    /// Content of a stream.
    Content,
    /// A piece of a header block.
    Block,
    /// The same, of a request that nobody made (8.4): the frame is control, its fields count for those to come.
    Promise,
    Settings,
    Reset,
    /// It means something to an endpoint, and nothing here.
    Control,
    /// It is nothing.
    #[default]
    Nothing,
}

#[derive(Clone, Debug, Default)]
struct Block {
    /// Kept, so that nothing is allocated for each.
    octets: Vec<u8>,
    /// The stream whose block has not ended: nothing else may come before it does (4.3).
    of: Option<u32>,
    promise: bool,
    ends_stream: bool,
}

impl Streams {
    /// Before the first octet of a connection for `purpose`.
    #[must_use]
    pub fn new(purpose: Purpose) -> Streams {
        let mut streams = Streams { purpose, table: Table::default(), lanes: Default::default() };
        streams.begin();
        streams
    }

    /// The same for another connection. The memory is kept.
    pub fn begin(&mut self) {
        for (lane, preface) in self.lanes.iter_mut().zip([PREFACE.len(), 0]) {
            let mut before = std::mem::take(lane);
            before.hpack.clear();
            before.block.octets.clear();
            let block = Block { octets: before.block.octets, ..Block::default() };
            *lane = Lane { preface, block, hpack: before.hpack, open: before.open, ..Lane::default() };
        }
        self.table.clear(&mut self.lanes[0].open);
    }

    /// Places what the client sent.
    pub fn sent(&mut self, mut bytes: &[u8], ledger: &mut Ledger) {
        let lane = &mut self.lanes[Way::Up as usize];
        if lane.preface > 0 && !lane.lost {
            let expected = &PREFACE[PREFACE.len() - lane.preface..];
            let octets = expected.len().min(bytes.len());
            if bytes[..octets] == expected[..octets] {
                ledger.page(&mut lane.open).place(Way::Up, Layer::Control, octets as u64);
                lane.preface -= octets;
                bytes = &bytes[octets..];
                if lane.preface == 0 {
                    ledger.page(&mut lane.open).tell(Way::Up, What::Named("PRI"));
                    ledger.page(&mut lane.open).enter_control(Way::Up);
                }
            } else {
                let before = PREFACE.len() - lane.preface;
                ledger.page(&mut lane.open).replace(Way::Up, Layer::Control, Layer::Other, before as u64);
                lane.lost = true;
            }
        }
        self.push(Way::Up, bytes, ledger);
    }

    /// Places what it received.
    pub fn received(&mut self, bytes: &[u8], ledger: &mut Ledger) {
        self.push(Way::Down, bytes, ledger);
    }

    /// The connection has ended: what is not whole is entered as it is.
    pub fn end(&mut self, ledger: &mut Ledger) {
        for (lane, way) in self.lanes.iter_mut().zip([Way::Up, Way::Down]) {
            let (octets, delimits) = lane.reader.give_up();
            let mut page = ledger.page(&mut lane.open);
            page.place(way, if delimits { Layer::Framing } else { Layer::Control }, octets);
            page.enter(false);
        }
        self.table.break_off(ledger);
    }

    fn push(&mut self, way: Way, mut bytes: &[u8], ledger: &mut Ledger) {
        while !bytes.is_empty() {
            let lane = &mut self.lanes[way as usize];
            if lane.lost {
                return lane.lose(way, bytes.len() as u64, ledger);
            }
            let (used, part) = lane.reader.next(bytes);
            match part {
                Part::Within => {}
                Part::Broken => {
                    let (octets, _) = lane.reader.give_up();
                    lane.lose(way, octets, ledger);
                }
                Part::Head => self.begin_frame(way, ledger),
                Part::Content => self.take_content(way, &bytes[..used], ledger),
                Part::Padding => self.pad(way, &bytes[..used], ledger),
            }
            let lane = &mut self.lanes[way as usize];
            if !lane.lost && lane.reader.ended() && self.end_frame(way, ledger).is_none() {
                self.lanes[way as usize].lose(way, 0, ledger);
            }
            bytes = &bytes[used..];
        }
    }

    fn begin_frame(&mut self, way: Way, ledger: &mut Ledger) {
        let frame = *self.lanes[way as usize].reader.frame();
        let role = self.role(way, &frame);
        let lane = &mut self.lanes[way as usize];
        let Some((role, on)) = role else { return lane.lose(way, u64::from(frame.head), ledger) };
        (lane.role, lane.on, lane.settled) = (role, on, true);
        lane.layer = match (role, on.and_then(|id| self.table.get(id))) {
            (Role::Content, Some(stream)) => stream.framing(way),
            (Role::Block, Some(_)) => Layer::Framing,
            (Role::Content | Role::Block | Role::Nothing, _) => Layer::Other,
            (Role::Promise | Role::Settings | Role::Reset | Role::Control, _) => Layer::Control,
        };
        let layer = self.lanes[way as usize].layer;
        self.page(way, ledger).place(way, layer, u64::from(frame.head));
    }

    /// What a frame is, and the stream that it is part of; `None` where no such frame can stand.
    fn role(&mut self, way: Way, frame: &Frame) -> Option<(Role, Option<u32>)> {
        let lane = &mut self.lanes[way as usize];
        let first = frame.kind == Kind::Settings && !frame.acknowledges();
        let continues = frame.kind == Kind::Continuation;
        if !lane.settled && !first || lane.block.of.is_some_and(|of| !continues || frame.stream != of) {
            return None;
        }
        let idle = self.table.is_idle(frame.stream);
        let role = match frame.kind {
            Kind::Data if idle => return None,
            Kind::Data => {
                let stream = self.table.get(frame.stream).filter(|stream| !stream.has_ended(way));
                match stream {
                    None => Role::Nothing,
                    Some(_) if frame.content == 0 => Role::Control,
                    Some(_) => return Some((Role::Content, Some(frame.stream))),
                }
            }
            Kind::Headers => {
                if idle && way == Way::Up {
                    self.table.open(frame.stream);
                } else if idle {
                    return None; // nobody asked
                }
                lane.block.begin(frame, false)?;
                let stream = self.table.get(frame.stream).filter(|stream| !stream.has_ended(way));
                return Some((Role::Block, stream.map(|_| frame.stream)));
            }
            Kind::PushPromise if way == Way::Down => {
                lane.block.begin(frame, true)?;
                Role::Promise
            }
            Kind::Continuation => {
                lane.block.of?;
                lane.block.has_room(frame)?;
                return Some((if lane.block.promise { Role::Promise } else { Role::Block }, lane.on));
            }
            Kind::Settings => Role::Settings,
            Kind::RstStream | Kind::WindowUpdate if idle => return None,
            Kind::RstStream => Role::Reset,
            Kind::WindowUpdate | Kind::Priority | Kind::Ping | Kind::GoAway | Kind::Extension => Role::Control,
            Kind::Unknown => Role::Nothing,
            Kind::PushPromise => return None,
        };
        Some((role, None))
    }

    fn take_content(&mut self, way: Way, bytes: &[u8], ledger: &mut Ledger) {
        let lane = &mut self.lanes[way as usize];
        let layer = match lane.role {
            Role::Content => match lane.on.and_then(|id| self.table.get(id)) {
                Some(stream) => return stream.push(way, bytes, ledger),
                None => Layer::Other,
            },
            Role::Block | Role::Promise => {
                lane.block.octets.extend_from_slice(bytes);
                if lane.layer == Layer::Framing { Layer::Headers } else { lane.layer }
            }
            Role::Settings => {
                self.take_settings(way, bytes);
                Layer::Control
            }
            _ => lane.layer,
        };
        self.page(way, ledger).place(way, layer, bytes.len() as u64);
    }

    /// Padding is zeros, and whoever sends anything else breaks the protocol (6.1). It may come behind a message's end.
    fn pad(&mut self, way: Way, bytes: &[u8], ledger: &mut Ledger) {
        let (layer, others) = (self.lanes[way as usize].layer, bytes.iter().filter(|&&octet| octet != 0).count());
        let mut page = self.page(way, ledger);
        page.close(way, layer, (bytes.len() - others) as u64);
        page.close(way, Layer::Other, others as u64);
    }

    /// Takes over what is agreed on from here (6.5.2): what one side sets, the other one's frames and blocks show.
    fn take_settings(&mut self, way: Way, bytes: &[u8]) {
        let [up, down] = &mut self.lanes;
        let (lane, other) = if way == Way::Up { (up, down) } else { (down, up) };
        for &octet in bytes {
            lane.setting[lane.setting_len] = octet;
            lane.setting_len = (lane.setting_len + 1) % SETTING;
            if lane.setting_len > 0 {
                continue;
            }
            let [high, low, value @ ..] = lane.setting;
            let value = u32::from_be_bytes(value);
            match u16::from_be_bytes([high, low]) {
                1 => other.hpack.allow(usize::try_from(value).unwrap_or(usize::MAX)),
                2 | 8 => lane.misset |= value > 1, // push, extended CONNECT: yes or no
                4 => lane.misset |= value > u32::MAX >> 1,
                5 if (frame::LARGEST..1 << 24).contains(&value) => other.reader.allow(value),
                5 => lane.misset = true,
                _ => {}
            }
        }
    }

    /// A frame is whole; `None` when it shows that no boundary can be found any more.
    fn end_frame(&mut self, way: Way, ledger: &mut Ledger) -> Option<()> {
        let lane = &mut self.lanes[way as usize];
        let (frame, role, on) = (*lane.reader.frame(), lane.role, lane.on);
        if lane.misset {
            let octets = u64::from(frame.head + frame.content);
            ledger.page(&mut lane.open).replace(way, Layer::Control, Layer::Other, octets);
            return None;
        }
        if let Some(name) = self.name(role, &frame) {
            ledger.page(&mut self.lanes[way as usize].open).tell(way, What::Named(name));
        }
        if matches!(role, Role::Block | Role::Promise) && frame.ends_headers() {
            self.end_block(way, ledger)?;
        }
        match on {
            Some(id) => self.table.get(id).into_iter().for_each(|stream| stream.settle(way, ledger)),
            None => ledger.page(&mut self.lanes[way as usize].open).enter(false),
        }
        if role == Role::Reset {
            self.table.reset(frame.stream, ledger);
        }
        let ends = match role {
            Role::Block => frame.ends_headers() && self.lanes[way as usize].block.ends_stream,
            Role::Content | Role::Control => frame.ends_stream(),
            _ => false,
        };
        if ends {
            self.table.end(frame.stream, way, ledger);
        }
        Some(())
    }

    /// What a frame is called that has ended, as far as what is in it has no name of its own.
    fn name(&self, role: Role, frame: &Frame) -> Option<&'static str> {
        match (role, frame.kind) {
            (Role::Block | Role::Promise | Role::Nothing, _) => None,
            (Role::Content, _) => self.purpose.transport.asks_each_time().then_some("DATA"),
            (_, kind) => Some(kind.name()),
        }
    }

    /// A header block is whole; `None` when it is none.
    fn end_block(&mut self, way: Way, ledger: &mut Ledger) -> Option<()> {
        let lane = &mut self.lanes[way as usize];
        let mut said = Said { ends_stream: lane.block.ends_stream, ..Said::default() };
        let mut what = None;
        let read = lane.hpack.decode(&lane.block.octets, |field| match field.name {
            b":method" => {
                said.method = true;
                what = Some(What::Named(if field.value == b"CONNECT" { "CONNECT" } else { "GET" }));
            }
            b":status" => {
                said.status = status(field.value);
                what = said.status.map(What::Status);
            }
            b"content-encoding" => said.coded = field.value != b"identity",
            _ => {}
        });
        let octets = lane.block.octets.len() as u64;
        lane.block.octets.clear();
        lane.block.of = None;
        if let Some(what) = what {
            ledger.page(&mut lane.open).tell(way, what);
        }
        if let Some(stream) = lane.on.and_then(|id| self.table.get(id))
            && !(read.is_ok() && stream.take_fields(way, said, self.purpose, ledger))
        {
            ledger.page(&mut stream.open).replace(way, Layer::Headers, Layer::Other, octets);
        }
        read.ok()
    }

    /// The page of what the frame under way is part of.
    fn page<'a>(&'a mut self, way: Way, ledger: &'a mut Ledger) -> Page<'a> {
        let lane = &mut self.lanes[way as usize];
        match lane.on.and_then(|id| self.table.get(id)) {
            Some(stream) => ledger.page(&mut stream.open),
            None => ledger.page(&mut lane.open),
        }
    }
}

impl Lane {
    /// From here on nothing can be placed, and `octets` that were not placed yet.
    fn lose(&mut self, way: Way, octets: u64, ledger: &mut Ledger) {
        self.lost = true;
        let mut page = ledger.page(&mut self.open);
        page.place(way, Layer::Other, octets);
        page.enter(false);
    }
}

impl Block {
    fn begin(&mut self, frame: &Frame, promise: bool) -> Option<()> {
        (self.of, self.promise, self.ends_stream) = (Some(frame.stream), promise, frame.ends_stream());
        self.has_room(frame)
    }

    fn has_room(&self, frame: &Frame) -> Option<()> {
        (self.octets.len() + usize::try_from(frame.content).ok()? <= LONGEST_BLOCK).then_some(())
    }
}

fn status(value: &[u8]) -> Option<u16> {
    let digits = value.first_chunk::<3>().filter(|_| value.len() == 3)?;
    let all = digits.iter().all(u8::is_ascii_digit);
    all.then(|| digits.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0')))
}

//! Raw DEFLATE (RFC 1951) with a limit on what comes out (SAML bindings §3.4.4.1).

use super::refused;
use crate::error::Refusal;
use crate::guard;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use xmldsig::limits::Limits;

/// What a message may hold once inflated: as much as the parser would read.
const LIMIT: usize = Limits::MESSAGE.document;

/// Between speed and size; messages are about a kilobyte.
const LEVEL: u8 = 6;

/// Compresses `bytes`.
pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, LEVEL)
}

/// Inflates one stream that fills `bytes` to the end, into at most [`LIMIT`] bytes: memory is bounded before work is done.
pub(super) fn inflate(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut state = DecompressorOxide::new();
    let mut out = vec![0; (bytes.len() * 4).clamp(1024, LIMIT)];
    let (mut read, mut written) = (0, 0);
    loop {
        let (status, consumed, produced) = decompress(
            &mut state,
            &bytes[read..],
            &mut out,
            written,
            TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
        );
        read += consumed;
        written += produced;
        match status {
            TINFLStatus::Done => break,
            TINFLStatus::HasMoreOutput if out.len() < LIMIT => {
                out.resize((out.len() * 2).min(LIMIT), 0);
            }
            TINFLStatus::HasMoreOutput => {
                return Err(refused(
                    "bind.inflate_limit",
                    "inflates to more than 256 KiB",
                ));
            }
            TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput => {
                return Err(refused(
                    "bind.cut",
                    "the compressed message ends early: the value was cut",
                ));
            }
            _ => return Err(refused("bind.inflate", "not raw DEFLATE")),
        }
    }
    // A second stream or other bytes behind the first: another reader might take them for the message.
    if read < bytes.len() && guard::stands("bind.inflate") {
        return Err(refused(
            "bind.inflate",
            "bytes after the end of the compressed message",
        ));
    }
    out.truncate(written);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_limit_is_inflated_and_one_byte_more_is_not() {
        assert_eq!(inflate(&compress(&vec![b' '; LIMIT])).unwrap().len(), LIMIT);
        assert_eq!(
            inflate(&compress(&vec![b' '; LIMIT + 1]))
                .unwrap_err()
                .code(),
            "bind.inflate_limit"
        );
    }
}

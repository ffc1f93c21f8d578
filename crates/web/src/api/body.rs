//! 请求体: reads what is sent, up to a size and within a time.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};

use super::problem::Problem;

/// The whole body.
///
/// # Errors
/// `TooLarge`, `TooSlow`, or `Unreadable` where the sender breaks off.
pub(super) async fn read(mut body: Body, most: usize, within: Duration) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let reading = async {
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            let frame = frame.map_err(|_| Problem::Unreadable)?;
            let Some(data) = frame.data_ref() else { continue };
            if bytes.len().saturating_add(data.len()) > most {
                return Err(Problem::TooLarge);
            }
            bytes.extend_from_slice(data);
        }
        Ok(())
    };
    tokio::time::timeout(within, reading).await.map_err(|_| Problem::TooSlow)??;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_has_its_size() {
        let read = async |most| read(Body::from("abcd"), most, Duration::from_secs(9)).await;
        assert_eq!(read(4).await, Ok(b"abcd".to_vec()));
        assert_eq!(read(3).await, Err(Problem::TooLarge));
    }
}

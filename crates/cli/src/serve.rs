use crate::args::ServeArgs;
use crate::exit::Failure;
pub(crate) async fn run(_typed: &ServeArgs) -> Result<(), Failure> {
    todo!()
}

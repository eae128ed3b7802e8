use crate::args::LabArgs;
use crate::exit::Failure;
pub(crate) async fn run(_typed: LabArgs) -> Result<(), Failure> {
    todo!()
}

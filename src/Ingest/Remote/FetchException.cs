namespace DataPipeline.Ingest.Remote;

/// <summary>Why a file, or one try for it, failed.</summary>
/// <param name="reason">snake_case, as fetch.json and the table count it.</param>
/// <param name="detail">A sentence for people.</param>
/// <param name="again">True where another try may go better.</param>
/// <param name="after">How long the server asks to wait.</param>
internal sealed class FetchException(string reason, string detail, bool again = false, TimeSpan? after = null, Exception? inner = null) : Exception(detail, inner)
{
    public string Reason { get; } = reason;

    public bool Again { get; } = again;

    public TimeSpan? After { get; } = after;
}

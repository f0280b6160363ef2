namespace DataPipeline.Tests.Parquet;

/// <summary>A file name that is free and is deleted in the end.</summary>
internal sealed class TempFile : IDisposable
{
    private static int s_count;

    public string Path { get; } = System.IO.Path.Combine(
        System.IO.Path.GetTempPath(), $"datapipeline-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}.parquet");

    public void Dispose() => File.Delete(Path);
}

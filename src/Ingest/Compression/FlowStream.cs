namespace DataPipeline.Ingest.Compression;

/// <summary>A <see cref="ByteFlow"/> as a stream for readers of the base library (tar, XML); it ends at damage, which its owner then
/// reports.</summary>
internal sealed class FlowStream(ByteFlow flow) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => flow.Position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer) => flow.Read(buffer);

    public override int Read(byte[] buffer, int offset, int count) => flow.Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

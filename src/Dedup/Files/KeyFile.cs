using System.Buffers.Binary;
using DataPipeline.Core;

namespace DataPipeline.Dedup.Files;

// The keys of one document shard, sorted into 256 buckets by their first byte, so that all equal keys of a corpus are in one bucket.
// A writer holds at most SegmentKeys keys; a full segment is written bucket after bucket. A reader of some buckets reads one stretch a segment.
// One file a shard was chosen over one a shard and bucket: 10,000 shards would make 2.5 million files.
//
//   segment*: for each kind, bucket after bucket: key (16 bytes, little endian), row (4 bytes)
//   footer:   kinds, segments, for each segment and kind: offset, 256 counts; rows; runs of sources (name, rows)
//   8 bytes offset of the footer, 8 bytes magic

/// <summary>A key of a document.</summary>
/// <param name="Value">Uniform hash.</param>
/// <param name="Row">Row of the document in its shard, or its number in the corpus once shards are put together.</param>
internal readonly record struct DocumentKey(UInt128 Value, int Row) : IComparable<DocumentKey>
{
    public const int Bytes = 20;

    public int Bucket => (int)(byte)(Value >> 120);

    public int CompareTo(DocumentKey other) => Value == other.Value ? Row.CompareTo(other.Row) : Value < other.Value ? -1 : 1;
}

/// <summary>Writes a file of keys in bounded memory.</summary>
internal sealed class KeyFileWriter : IDisposable
{
    private const int SegmentKeys = 1 << 20;
    public const ulong Magic = 0x3153_5945_4B50_5044;

    private readonly FileStream _file;
    private readonly List<DocumentKey>[] _keys;
    private readonly List<(long Offset, int[] Counts)> _stretches = [];
    private readonly List<(string Source, int Rows)> _sources = [];
    private readonly int _segmentKeys;
    private int _held, _rows;

    public KeyFileWriter(string path, int kinds, int segmentKeys = SegmentKeys)
    {
        _segmentKeys = segmentKeys;
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        _keys = [.. Enumerable.Range(0, kinds).Select(_ => new List<DocumentKey>())];
    }

    /// <summary>Adds the next document.</summary>
    public void Add(string source, IReadOnlyList<Signature> signatures)
    {
        for (int kind = 0; kind < _keys.Length; kind++)
        {
            foreach (UInt128 key in signatures[kind].Keys)
                _keys[kind].Add(new DocumentKey(key, _rows));
            _held += signatures[kind].Keys.Length;
        }
        _rows++;
        if (_sources is [.., var last] && last.Source == source)
            _sources[^1] = (source, last.Rows + 1);
        else
            _sources.Add((source, 1));
        if (_held >= _segmentKeys)
            WriteSegment();
    }

    /// <summary>Adds the next item, which has one key of the only kind and no source.</summary>
    public void Add(UInt128 key)
    {
        if (_rows == int.MaxValue)
            throw new InputException($"{_file.Name}: more than {int.MaxValue:N0} pieces in one shard; give the source more and smaller files");
        _keys[0].Add(new DocumentKey(key, _rows++));
        if (++_held >= _segmentKeys)
            WriteSegment();
    }

    /// <summary>Writes what is held and the footer.</summary>
    public void Finish()
    {
        if (_held > 0)
            WriteSegment();
        long footer = _file.Position;
        using var writer = new BinaryWriter(_file);
        writer.Write(_keys.Length);
        writer.Write(_stretches.Count / _keys.Length);
        foreach ((long offset, int[] counts) in _stretches)
        {
            writer.Write(offset);
            foreach (int count in counts)
                writer.Write(count);
        }
        writer.Write(_rows);
        writer.Write(_sources.Count);
        foreach ((string source, int rows) in _sources)
        {
            writer.Write(source);
            writer.Write(rows);
        }
        writer.Write(footer);
        writer.Write(Magic);
    }

    public void Dispose() => _file.Dispose();

    private void WriteSegment()
    {
        foreach (List<DocumentKey> keys in _keys)
        {
            var counts = new int[256];
            foreach (DocumentKey key in keys)
                counts[key.Bucket]++;
            _stretches.Add((_file.Position, counts));
            var at = new int[256];
            for (int i = 1; i < 256; i++)
                at[i] = at[i - 1] + counts[i - 1];
            var bytes = new byte[keys.Count * DocumentKey.Bytes];
            foreach (DocumentKey key in keys)
            {
                Span<byte> record = bytes.AsSpan(at[key.Bucket]++ * DocumentKey.Bytes, DocumentKey.Bytes);
                BinaryPrimitives.WriteUInt128LittleEndian(record, key.Value);
                BinaryPrimitives.WriteInt32LittleEndian(record[16..], key.Row);
            }
            _file.Write(bytes);
            keys.Clear();
        }
        _held = 0;
    }
}

/// <summary>Reads a file of keys.</summary>
internal sealed class KeyFile
{
    private readonly string _path;
    private readonly (long Offset, int[] Counts)[][] _stretches;

    /// <summary>Reads the footer.</summary>
    /// <exception cref="InputException">It is no such file.</exception>
    public KeyFile(string path)
    {
        _path = path;
        using var reader = new BinaryReader(File.OpenRead(path));
        long length = reader.BaseStream.Length;
        if (length < 16)
            throw Broken();
        reader.BaseStream.Position = length - 16;
        long footer = reader.ReadInt64();
        if (reader.ReadUInt64() != KeyFileWriter.Magic || footer < 0 || footer > length - 16)
            throw Broken();
        reader.BaseStream.Position = footer;
        int kinds = reader.ReadInt32(), segments = reader.ReadInt32();
        _stretches = new (long, int[])[segments][];
        for (int segment = 0; segment < segments; segment++)
        {
            _stretches[segment] = new (long, int[])[kinds];
            for (int kind = 0; kind < kinds; kind++)
            {
                long offset = reader.ReadInt64();
                var counts = new int[256];
                for (int i = 0; i < 256; i++)
                    counts[i] = reader.ReadInt32();
                _stretches[segment][kind] = (offset, counts);
            }
        }
        Rows = reader.ReadInt32();
        var sources = new (string, int)[reader.ReadInt32()];
        for (int i = 0; i < sources.Length; i++)
            sources[i] = (reader.ReadString(), reader.ReadInt32());
        Sources = sources;
    }

    /// <summary>Documents of the shard.</summary>
    public int Rows { get; }

    /// <summary>Sources of its documents in order, each with the number of documents that follow one another.</summary>
    public IReadOnlyList<(string Source, int Rows)> Sources { get; }

    /// <summary>Number in the corpus of the first document of each shard, and of the end.</summary>
    /// <exception cref="InputException">More documents than 31 bits count.</exception>
    public static int[] Firsts(IReadOnlyList<KeyFile> shards)
    {
        var firsts = new int[shards.Count + 1];
        for (int shard = 0; shard < shards.Count; shard++)
        {
            long next = (long)firsts[shard] + shards[shard].Rows;
            firsts[shard + 1] = next < Array.MaxLength ? (int)next
                : throw new InputException($"{shards[shard]._path}: dedup compares at most {Array.MaxLength:N0} documents; deduplicate parts of the corpus in runs of their own");
        }
        return firsts;
    }

    /// <summary>Number of keys in a bucket.</summary>
    public long Count(int kind, int bucket) => _stretches.Sum(segment => (long)segment[kind].Counts[bucket]);

    /// <summary>The keys of a kind in buckets [<paramref name="from"/>, <paramref name="to"/>), segment after segment, in each bucket by row.</summary>
    public IEnumerable<DocumentKey> Read(int kind, int from, int to)
    {
        using FileStream file = File.OpenRead(_path);
        foreach ((long offset, int[] counts) in _stretches.Select(segment => segment[kind]))
        {
            var bytes = new byte[counts.AsSpan(from, to - from).ToArray().Sum() * DocumentKey.Bytes];
            file.Position = offset + counts.AsSpan(0, from).ToArray().Sum(count => (long)count) * DocumentKey.Bytes;
            file.ReadExactly(bytes);
            for (int i = 0; i < bytes.Length; i += DocumentKey.Bytes)
                yield return new DocumentKey(BinaryPrimitives.ReadUInt128LittleEndian(bytes.AsSpan(i)), BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i + 16)));
        }
    }

    private InputException Broken() => new($"{_path}: not a complete file of keys; delete its folder and run again to make it anew");
}

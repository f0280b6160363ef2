using System.Text;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tests.Cli;
using DataPipeline.Tokens.Export;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tests.Tokens;

public sealed class ExportTests : IDisposable
{
    private const int End = 7;

    private readonly TemporaryFolder _folder = new();
    private readonly List<TokenDocument> _documents = [];

    public ExportTests()
    {
        Seed seed = new(3);
        for (int i = 0; i < 500; i++)
        {
            int[] tokens = [.. Enumerable.Range(0, i % 17 == 0 ? 0 : i * 11 % 70).Select(j => 8 + (int)seed.Below(40_000, (ulong)(i * 100 + j)))];
            string source = i % 3 == 0 ? "web/a" : "code";
            _documents.Add(new TokenDocument($"{source}:f#{i}", source, tokens, "f", i, i % 2 == 0 ? "en" : ""));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TokenFormat.Megatron, 50_000, false)]
    [InlineData(TokenFormat.Megatron, 150_000, false)]
    [InlineData(TokenFormat.Megatron, 50_000, true)]
    [InlineData(TokenFormat.Nanogpt, 50_000, false)]
    [InlineData(TokenFormat.Nanogpt, 50_000, true)]
    [InlineData(TokenFormat.Llmc, 50_000, false)]
    [InlineData(TokenFormat.Llmc, 50_000, true)]
    [InlineData(TokenFormat.Jsonl, 50_000, false)]
    [InlineData(TokenFormat.Jsonl, 150_000, true)]
    public void Write_ExportedAndImported_GivesTheSameDocuments(TokenFormat format, int vocabulary, bool bySource)
    {
        string[] shards = Shards(vocabulary);
        ExportDescription description = TokenExport.Write(shards, format, _folder["out"], bySource);
        string[] files = [.. description.Files.Select(file => _folder[$"out/{file.Path}"]).Where(file => !file.EndsWith(".idx", StringComparison.Ordinal))];
        Assert.Equal(bySource ? 2 : 1, files.Length);
        StepManifest manifest = TokenImport.Write(files, format, _folder["back"], description.Header(), shardTokens: 5_000);

        ShardSet set = ShardSet.Find([_folder["back"]]);
        List<TokenDocument> back = [];
        foreach (string path in set.Paths)
        {
            using TokenShardReader reader = TokenShardReader.Open(path);
            Assert.Equal(description.Header(), reader.Header);
            back.AddRange(reader.Read());
        }
        TokenDocument[] expected = bySource ? [.. _documents.OrderBy(document => document.Source, StringComparer.Ordinal)] : [.. _documents];
        Assert.Equal(expected.Select(document => string.Join(' ', document.Tokens.ToArray())), back.Select(document => string.Join(' ', document.Tokens.ToArray())));
        if (format == TokenFormat.Jsonl)
            Assert.Equal(expected.Select(document => document with { Tokens = default }), back.Select(document => document with { Tokens = default }));
        if (bySource)
            Assert.Equal(["code", "web/a"], manifest.Sources.Keys);
        Assert.True(manifest.Files.Count > 1);
        Assert.Empty(ShardCheck.Of(set).Mistakes);
    }

    [Theory]
    [InlineData(50_000, 8, 2)]
    [InlineData(150_000, 4, 4)]
    public void Write_Megatron_IsWhatItsSpecificationSays(int vocabulary, int code, int width)
    {
        TokenExport.Write(Shards(vocabulary), TokenFormat.Megatron, _folder["out"], bySource: false);

        byte[] bin = File.ReadAllBytes(_folder["out/tokens.bin"]);
        using var index = new BinaryReader(File.OpenRead(_folder["out/tokens.idx"]));
        Assert.Equal("MMIDIDX\0\0", Encoding.ASCII.GetString(index.ReadBytes(9)));
        Assert.Equal(1UL, index.ReadUInt64());
        Assert.Equal(code, index.ReadByte());
        Assert.Equal(((ulong)_documents.Count, (ulong)_documents.Count + 1), (index.ReadUInt64(), index.ReadUInt64()));
        int[] lengths = [.. _documents.Select(_ => index.ReadInt32())];
        long[] places = [.. _documents.Select(_ => index.ReadInt64())];
        Assert.Equal(Enumerable.Range(0, _documents.Count + 1).Select(i => (long)i), Enumerable.Range(0, _documents.Count + 1).Select(_ => index.ReadInt64()));
        Assert.Equal(index.BaseStream.Length, index.BaseStream.Position);
        for (int i = 0; i < _documents.Count; i++)
        {
            int[] ids = [.. Enumerable.Range(0, lengths[i]).Select(j => (int)places[i] + j * width)
                .Select(place => width == 2 ? BitConverter.ToUInt16(bin, place) : BitConverter.ToInt32(bin, place))];
            Assert.Equal([.. _documents[i].Tokens.ToArray(), End], ids);
        }
        Assert.Equal(bin.Length, places[^1] + lengths[^1] * width);
    }

    [Fact]
    public void Write_FlatFiles_HoldTheEndTokenWhereTheirTrainersExpectIt()
    {
        string[] shards = Shards(50_000);
        TokenExport.Write(shards, TokenFormat.Nanogpt, _folder["nano"], bySource: false);
        TokenExport.Write(shards, TokenFormat.Llmc, _folder["llmc"], bySource: false);

        Assert.Equal(_documents.SelectMany(document => document.Tokens.ToArray().Append(End)), Narrow(File.ReadAllBytes(_folder["nano/tokens.bin"])));
        byte[] llmc = File.ReadAllBytes(_folder["llmc/tokens_000000.bin"]);
        int[] ids = [.. _documents.SelectMany(document => document.Tokens.ToArray().Prepend(End))];
        Assert.Equal([20240520, 1, ids.Length, 0], Enumerable.Range(0, 4).Select(i => BitConverter.ToInt32(llmc, i * 4)));
        Assert.Equal(ids, Narrow(llmc[1024..]));
    }

    [DebianPythonFact("numpy")]
    public void Write_NanogptFile_IsReadByNumpyAsItsTrainerReadsIt()
    {
        TokenExport.Write(Shards(50_000), TokenFormat.Nanogpt, _folder["nano"], bySource: false);
        const string Program = "import numpy, sys; print(*numpy.memmap(sys.argv[1], dtype=numpy.uint16, mode='r'))";

        string ids = DebianPython.Run("", "-c", Program, _folder["nano/tokens.bin"]);

        Assert.Equal(string.Join(' ', _documents.SelectMany(document => document.Tokens.ToArray().Append(End))), ids.TrimEnd());
    }

    [Fact]
    public void Write_WideVocabulary_IsRefusedForSixteenBitFormats()
    {
        Assert.Contains("16-bit", Assert.Throws<ConfigurationException>(() => TokenExport.Write(Shards(150_000), TokenFormat.Nanogpt, _folder["out"], false)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder["out"]));
    }

    [Theory]
    [InlineData(TokenFormat.Megatron, "tokens.idx")]
    [InlineData(TokenFormat.Megatron, "tokens.bin")]
    [InlineData(TokenFormat.Nanogpt, "tokens.bin")]
    [InlineData(TokenFormat.Llmc, "tokens_000000.bin")]
    [InlineData(TokenFormat.Jsonl, "tokens.jsonl")]
    public void Write_FileCutShort_NamesIt(TokenFormat format, string file)
    {
        ExportDescription description = TokenExport.Write(Shards(50_000), format, _folder["out"], bySource: false);
        byte[] bytes = File.ReadAllBytes(_folder[$"out/{file}"]);
        File.WriteAllBytes(_folder[$"out/{file}"], bytes[..^5]);
        string named = _folder[$"out/{file.Replace(".idx", ".bin", StringComparison.Ordinal)}"];

        InputException error = Assert.ThrowsAny<InputException>(() => TokenImport.Write([named], format, _folder["back"], description.Header()));

        Assert.Contains("tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_DamagedRun_NamesFileAndRowAndExits3()
    {
        string[] shards = Shards(50_000);
        ExportDescription description = TokenExport.Write(shards, TokenFormat.Jsonl, _folder["out"], bySource: false);
        TokenImport.Write([_folder["out/tokens.jsonl"]], TokenFormat.Jsonl, _folder["run"], description.Header(), shardTokens: 5_000);
        (int exit, string output, _) = CommandLine.Run(_folder[""], "shards", "run");
        Assert.Equal(0, exit);
        Assert.Contains("500 documents", output, StringComparison.Ordinal);

        // A shard whose vocabulary is too small for its ids, as a slip in another program would write it.
        string first = ShardSet.Find([_folder["run"]]).Paths[0];
        Rewrite(first, _documents.Take(20), 50_000);
        byte[] bytes = File.ReadAllBytes(first);
        int place = IndexOf(bytes, "50000"u8);
        "00099"u8.CopyTo(bytes.AsSpan(place));
        File.WriteAllBytes(first, bytes);
        (exit, _, string error) = CommandLine.Run(_folder[""], "shards", "run");
        Assert.Equal(3, exit);
        Assert.Contains("tokens-00000-000.parquet: ", error, StringComparison.Ordinal);
        (exit, _, error) = CommandLine.Run(_folder[""], "shards", first);
        Assert.Equal(3, exit);
        Assert.Contains("tokens-00000-000.parquet", error, StringComparison.Ordinal);

        File.Copy(first, _folder["alone.parquet"]);
        (exit, _, error) = CommandLine.Run(_folder[""], "shards", "alone.parquet");
        Assert.Equal(3, exit);
        Assert.Contains("row 1 (code:f#1): token", error, StringComparison.Ordinal);
    }

    private string[] Shards(int vocabulary)
    {
        Rewrite(_folder["a.parquet"], _documents.Take(200), vocabulary);
        Rewrite(_folder["b.parquet"], _documents.Skip(200), vocabulary);
        return [_folder["a.parquet"], _folder["b.parquet"]];
    }

    private static void Rewrite(string path, IEnumerable<TokenDocument> documents, int vocabulary)
    {
        using TokenShardWriter writer = TokenShardWriter.Create(path, new TokenShardHeader("0123456789abcdef", vocabulary, End, 42));
        foreach (TokenDocument document in documents)
            writer.Add(document);
        writer.Finish();
    }

    private static IEnumerable<int> Narrow(byte[] bytes) => Enumerable.Range(0, bytes.Length / 2).Select(i => (int)BitConverter.ToUInt16(bytes, i * 2));

    private static int IndexOf(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> wanted) => bytes.IndexOf(wanted);
}

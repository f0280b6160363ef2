using DataPipeline.Core;
using DataPipeline.Tests.Parquet;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tests.Tokens;

public sealed class TokenShardTests
{
    [Theory]
    [InlineData(65_536, true)]
    [InlineData(65_537, false)]
    public void Read_WrittenShard_GivesTheDocuments(int vocabulary, bool narrow)
    {
        using TemporaryFolder folder = new();
        TokenShardHeader header = new("0123456789abcdef", vocabulary, 7, 42);
        Assert.Equal(narrow, header.IsNarrow);
        TokenDocument[] documents = [.. Documents(vocabulary)];
        Write(folder["a.parquet"], header, documents);
        Write(folder["b.parquet"], header, documents);
        Assert.Equal(File.ReadAllBytes(folder["a.parquet"]), File.ReadAllBytes(folder["b.parquet"]));

        using TokenShardReader reader = TokenShardReader.Open(folder["a.parquet"]);
        Assert.Equal(header, reader.Header);
        Assert.Equal(documents.Length, reader.RowCount);
        TokenDocument[] read = [.. reader.Read()];
        Assert.Equal(documents.Select(Describe), read.Select(Describe));
        Assert.Equal(documents.Select(document => (document.Id, document.Source, document.Tokens.Length)), reader.ReadIndex().Select(document => (document.Id, document.Source, document.TokenCount)));
    }

    [OracleFact(Oracle.DuckDb)]
    public void Write_Shard_DuckDbCountsTheSame()
    {
        using TemporaryFolder folder = new();
        using DuckDb duck = new();
        foreach (int vocabulary in (int[])[65_536, 200_000])
        {
            TokenDocument[] documents = [.. Documents(vocabulary)];
            Write(folder["a.parquet"], new TokenShardHeader("0123456789abcdef", vocabulary, 7, 42), documents);
            string?[] row = duck.Query("select count(*), sum(n_tokens), sum(len(tokens)), sum(list_sum(tokens)), count(distinct id), sum(record)"
                + $" from '{folder["a.parquet"]}'").Single();
            long count = documents.Sum(document => (long)document.Tokens.Length);
            long sum = documents.Sum(document => document.Tokens.ToArray().Sum(token => (long)token));
            Assert.Equal($"300 {count} {count} {sum} 300 {documents.Sum(document => document.Record)}", string.Join(' ', row));
        }
    }

    [Fact]
    public void Add_TokenOutsideVocabulary_Throws()
    {
        using TemporaryFolder folder = new();
        using TokenShardWriter writer = TokenShardWriter.Create(folder["a.parquet"], new TokenShardHeader("x", 10, null, 0));
        Assert.Throws<ArgumentException>(() => writer.Add(new TokenDocument("a", "s", new[] { 10 }, "f", 0, "")));
    }

    [Fact]
    public void Open_NoShard_SaysSo()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.parquet"], "not parquet at all");
        Assert.Contains("a.parquet", Assert.ThrowsAny<InputException>(() => TokenShardReader.Open(folder["a.parquet"])).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<TokenDocument> Documents(int vocabulary)
    {
        Seed seed = new(1);
        for (int i = 0; i < 300; i++)
        {
            int[] tokens = [.. Enumerable.Range(0, i % 10 == 0 ? 0 : i * 7 % 90).Select(j => (int)seed.Below((ulong)vocabulary, (ulong)(i * 100 + j)))];
            yield return new TokenDocument($"web:f.gz#{i}", i % 3 == 0 ? "web" : "code", tokens, "f.gz", i, i % 2 == 0 ? "en" : "");
        }
    }

    private static void Write(string path, TokenShardHeader header, IEnumerable<TokenDocument> documents)
    {
        using TokenShardWriter writer = TokenShardWriter.Create(path, header);
        foreach (TokenDocument document in documents)
            writer.Add(document);
        writer.Finish();
    }

    private static string Describe(TokenDocument document) =>
        $"{document.Id} {document.Source} {document.File} {document.Record} {document.Language} {string.Join(',', document.Tokens.ToArray())}";
}

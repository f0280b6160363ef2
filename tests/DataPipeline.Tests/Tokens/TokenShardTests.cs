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

    [Fact]
    public void Read_ShardWithAnswers_GivesThemAndTheColumnsBehind()
    {
        using TemporaryFolder folder = new();
        TokenShardHeader header = new("0123456789abcdef", 100, 7, 42) { HasAnswers = true, Columns = ["domain"] };
        TokenDocument[] documents =
        [
            new("a", "s", new int[5], "f", 0, "en") { Answers = [new(1, 2), new(4, 1)], Columns = ["x"] },
            new("b", "s", new int[3], "f", 1, "") { Answers = [], Columns = ["y"] },
            new("c", "s", new int[4], "f", 2, "") { Columns = ["z"] },
            new("d", "s", Array.Empty<int>(), "f", 3, "") { Columns = ["z"] },
        ];
        Write(folder["a.parquet"], header, documents);
        using TokenShardReader reader = TokenShardReader.Open(folder["a.parquet"]);
        Assert.True(reader.Header.HasAnswers);
        foreach (TokenDocument[] read in (TokenDocument[][])[[.. reader.Read()], [.. reader.ReadIndex()]])
        {
            Assert.Equal(["1+2 4+1", "", "0+4", ""], read.Select(document => string.Join(' ', document.Answers!.Select(answer => $"{answer.Begin}+{answer.Length}"))));
            Assert.Equal([true, true, false], read[..3].Select(document => document.IsDialogue));
            Assert.Equal(["x", "y", "z", "z"], read.Select(document => document.Columns.Single()));
        }
        Write(folder["b.parquet"], header with { HasAnswers = false }, documents);
        using TokenShardReader plain = TokenShardReader.Open(folder["b.parquet"]);
        Assert.All(plain.Read(), document => Assert.Null(document.Answers));
    }

    [OracleFact(Oracle.DuckDb)]
    public void Write_ShardWithAnswers_DuckDbReadsThem()
    {
        using TemporaryFolder folder = new();
        using DuckDb duck = new();
        Write(folder["a.parquet"], new TokenShardHeader("0123456789abcdef", 100, 7, 42) { HasAnswers = true },
            [new("a", "s", new int[5], "f", 0, "") { Answers = [new(1, 2), new(4, 1)] }, new("b", "s", new int[3], "f", 1, "") { Answers = [] }, new("c", "s", new int[4], "f", 2, "")]);
        Assert.Equal(["[1, 2, 4, 1]", "[]", "[0, 4]"], duck.Query($"select answers::varchar from '{folder["a.parquet"]}' order by id").Select(row => row[0]));
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

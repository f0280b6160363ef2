using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline shards RUN_OR_FILES</c>: lists token shards and reads them through: schema, checksums, counts, ids.</summary>
internal static class ShardsVerb
{
    public static Command Command()
    {
        var places = new Argument<string[]>("RUN_OR_FILES") { Description = "folder of a run, or token shards", Arity = ArgumentArity.OneOrMore };
        var command = new Command("shards", "Lists and verifies token shards; exits 3 and names file and row when one is wrong.") { places };
        command.SetAction(parsed => Verify(ShardSet.Find(parsed.GetValue(places)!)));
        return command;
    }

    private static int Verify(ShardSet set)
    {
        ShardCheck check = ShardCheck.Of(set);
        foreach (ShardCount shard in check.Shards)
            Console.WriteLine($"{shard.Path}  {shard.Documents,12:N0} documents {shard.Tokens,16:N0} tokens {shard.Bytes,14:N0} bytes  tokenizer {shard.Header.Fingerprint}");
        foreach ((string source, (long documents, long tokens)) in check.Sources)
            Console.WriteLine($"  {source,-20} {documents,12:N0} documents {tokens,16:N0} tokens");
        if (check.Mistakes.Count > 0)
            throw new InputException(string.Join('\n', check.Mistakes));
        string compared = set.Files.All(file => file.Entry is not null) ? "they are what the manifest says" : "no manifest beside them to compare with";
        Console.WriteLine($"{set.Files.Count} shards, {check.Shards.Sum(shard => shard.Documents):N0} documents, {check.Shards.Sum(shard => shard.Tokens):N0} tokens: every id is in the vocabulary, {compared}");
        return ExitCode.Done;
    }
}

using System.CommandLine;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Lines;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline tokenizer encode --tokenizer FILE --jsonl IN</c>: a line <c>{"ids": [...]}</c> for each line <c>{"text": ...}</c>.</summary>
internal static class TokenizerEncodeVerb
{
    public static Command Command()
    {
        var tokenizer = new TokenizerOption();
        var lines = new LineOptions("{\"text\": ...}");
        var special = new Option<bool>("--special") { Description = "adds the tokens around each text that the tokenizer asks for, and finds names of special tokens in texts" };
        var inText = new Option<SpecialTokenHandling?>("--special-in-text")
        {
            Description = "names of special tokens in texts: recognize, astext or refuse; default: as the tokenizer's own library, which finds them with a tokenizer.json only",
        };
        var command = new Command("encode", "Writes {\"ids\": [...]} for each line {\"text\": ...}, in order, with the line's id if it has one.");
        tokenizer.AddTo(command);
        lines.AddTo(command);
        command.Add(special);
        command.Add(inText);
        command.SetAction(parsed =>
        {
            (Tokenizer loaded, SpecialTokenHandling handling) = tokenizer.Load(parsed);
            bool adds = parsed.GetValue(special);
            handling = parsed.GetValue(inText) ?? (adds ? SpecialTokenHandling.Recognize : handling);
            return lines.Convert(parsed, new LineEncoder(loaded, adds, handling) { SkipsWrongLines = lines.Skips(parsed) });
        });
        return command;
    }
}

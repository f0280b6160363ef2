using System.CommandLine;
using DataPipeline.Tokens.Lines;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline tokenizer decode --tokenizer FILE --jsonl IN</c>: a line <c>{"text": ...}</c> for each line <c>{"ids": [...]}</c>.</summary>
internal static class TokenizerDecodeVerb
{
    public static Command Command()
    {
        var tokenizer = new TokenizerOption();
        var lines = new LineOptions("{\"ids\": [...]}");
        var skipSpecial = new Option<bool>("--skip-special") { Description = "leaves special tokens out of the text" };
        var command = new Command("decode", "Writes {\"text\": ...} for each line {\"ids\": [...]}, in order, with the line's id if it has one.");
        tokenizer.AddTo(command);
        lines.AddTo(command);
        command.Add(skipSpecial);
        command.SetAction(parsed => lines.Convert(parsed, new LineDecoder(tokenizer.Load(parsed).Tokenizer, parsed.GetValue(skipSpecial)) { SkipsWrongLines = lines.Skips(parsed) }));
        return command;
    }
}

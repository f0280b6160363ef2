using System.CommandLine;
using System.IO.Compression;
using DataPipeline.Core;
using DataPipeline.Ingest.Text;
using DataPipeline.Tokens.Lines;

namespace DataPipeline.Cli;

/// <summary>The options of verbs that turn lines of JSON into lines of JSON, and the turning: read once, converted on all cores, written in order.</summary>
/// <param name="form">What a line of the input looks like.</param>
internal sealed class LineOptions(string form)
{
    private readonly Option<string> _input = new("--jsonl") { Description = $"lines {form}, plain, .gz, .zst, .xz, .bz2 or .lz4; - is the standard input", Required = true };
    private readonly Option<string?> _output = new("--output") { Description = "file to write, compressed when it ends in .gz; default: the standard output" };
    private readonly Option<bool> _skip = new("--skip") { Description = "leaves out lines that are wrong and says how many, instead of stopping at the first" };
    private readonly Option<int> _threads = new("--threads") { Description = "worker threads; changes speed only", DefaultValueFactory = _ => Environment.ProcessorCount };

    public void AddTo(Command command)
    {
        command.Add(_input);
        command.Add(_output);
        command.Add(_skip);
        command.Add(_threads);
    }

    public bool Skips(ParseResult parsed) => parsed.GetValue(_skip);

    public int Convert(ParseResult parsed, LineCodec codec)
    {
        string input = parsed.GetValue(_input)!;
        int threads = parsed.GetValue(_threads);
        if (threads < 1)
            throw new ConfigurationException("--threads must be at least 1");
        long skipped = 0;
        Write(parsed.GetValue(_output), output =>
        {
            IEnumerable<LineCodec.Block> blocks = Flow.Ordered(
                LineBlock.Read(input), block => codec.Convert(block.Json().Span, block.File, block.FirstLine), threads, batch: 1);
            foreach (LineCodec.Block block in blocks)
            {
                output.Write(block.Output.Span);
                output.Flush();
                skipped += block.Skipped;
            }
        });
        if (skipped > 0)
            Console.Error.WriteLine($"{input}: {skipped:N0} lines left out, which are not {form}");
        return ExitCode.Done;
    }

    /// <summary>Writes a file under another name first, so that a file under its own name is whole.</summary>
    private static void Write(string? path, Action<Stream> write)
    {
        if (path is null)
        {
            using Stream output = Console.OpenStandardOutput();
            write(output);
            return;
        }
        if (Path.GetExtension(path) is ".zst" or ".xz" or ".bz2" or ".lz4")
            throw new ConfigurationException($"--output {path}: only .gz is written compressed; name another file");
        string temporary = path + ".tmp";
        using (FileStream file = File.Create(temporary))
        {
            if (path.EndsWith(".gz", StringComparison.Ordinal))
            {
                using GZipStream compressed = new(file, CompressionLevel.Fastest);
                write(compressed);
            }
            else
            {
                write(file);
            }
        }
        File.Move(temporary, path, overwrite: true);
    }
}

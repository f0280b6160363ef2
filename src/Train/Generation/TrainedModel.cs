using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>A model on the disk with its tokenizer: a folder as Hugging Face lays it out, or the last model of a run.</summary>
public sealed class TrainedModel : IDisposable
{
    // What other programs read beside a model, where it is there.
    private static readonly string[] tokenizerFiles = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "tokenizer.model", "vocab.json", "merges.txt", "chat_template.jinja", "generation_config.json"];
    private readonly string tokenizerPath;

    private TrainedModel(LanguageModel model, Tokenizer tokenizer, string tokenizerPath)
    {
        this.tokenizerPath = tokenizerPath;
        (Model, Tokenizer, Chat) = (model, tokenizer, new ChatTemplate(tokenizer));
        Start = tokenizer.EncodeToIds("", addSpecialTokens: true) is [var first, ..] ? first : Chat.EndOfDocument;
    }

    /// <summary>The model.</summary>
    public LanguageModel Model { get; }

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>How messages become tokens.</summary>
    public ChatTemplate Chat { get; }

    /// <summary>The token that a text begins behind: the one that the tokenizer's file puts first, else the end of the document before.</summary>
    public int Start { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="path">A folder with config.json and model.safetensors, or the folder of a run.</param>
    /// <param name="tokenizer">Tokenizer file; null takes the one beside the model.</param>
    /// <param name="adapter">Folder of low-rank adapters, which are merged; or null.</param>
    /// <param name="type">Type to compute in.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="InputException">There is no model, or model and tokenizer do not belong together.</exception>
    public static TrainedModel Open(string path, string? tokenizer, string? adapter, ScalarType type, Device device)
    {
        string folder = FolderOf(path);
        Tokenizer tokens = Tokenizer.Load(tokenizer ?? folder);
        LanguageModel model = Checkpoint.LoadModel(folder, type, device);
        try
        {
            if (tokens.VocabularySize > model.Vocabulary)
                throw new InputException($"{folder}: the tokenizer has {tokens.VocabularySize:N0} ids and the model {model.Vocabulary:N0}: they do not belong together; name the model's own with --tokenizer");
            if (adapter is not null)
            {
                Lora.Load(adapter, model);
                Lora.Merge(model);
            }
            return new TrainedModel(model, tokens, tokenizer ?? folder);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A text's ids behind the token that begins one.</summary>
    public int[] Prompt(string text) => [Start, .. Tokenizer.EncodeToIds(text)];

    /// <summary>A user's message up to where the answer begins.</summary>
    public int[] ChatPrompt(string message) => [Start, .. Chat.EncodePrompt(new Document(default, [new Part("prompt", message)]))];

    /// <summary>Writes the model, adapters merged, with its tokenizer.</summary>
    /// <param name="folder">A new folder; it appears whole.</param>
    /// <param name="largestFile">Most bytes of a file of weights.</param>
    public void Save(string folder, long largestFile = long.MaxValue) => DurableFolder.Create(folder, part =>
    {
        Checkpoint.WriteModel(part, Model, largestFile);
        IEnumerable<string> files = File.Exists(tokenizerPath) ? [tokenizerPath] : tokenizerFiles.Select(name => Path.Combine(tokenizerPath, name)).Where(File.Exists);
        foreach (string file in files) DurableFolder.WriteFile(Path.Combine(part, Path.GetFileName(file)), File.ReadAllBytes(file));
    });

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    private static string FolderOf(string path)
    {
        if (File.Exists(Path.Combine(path, "config.json"))) return path;
        if (!Directory.Exists(path)) throw new InputException($"{path}: no such folder: name a folder with config.json and model.safetensors, or a run");
        return new RunFolder(path).Latest(ArtifactKind.Model)?.Folder
            ?? throw new InputException($"{path}: neither a model (there is no config.json) nor a finished run that trained one");
    }
}

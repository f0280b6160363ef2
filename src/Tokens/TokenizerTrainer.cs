using DataPipeline.Tokens.Training;

namespace DataPipeline.Tokens;

/// <summary>Any of the three trainers, from texts to a tokenizer.json.</summary>
public sealed class TokenizerTrainer
{
    private readonly Func<IEnumerable<TrainingText>, TrainingRun, (int Tokens, Action<string> Save)> _train;

    /// <summary>Byte-level BPE.</summary>
    public TokenizerTrainer(BpeTrainer trainer) => _train = (texts, run) =>
    {
        Tokenizer trained = trainer.TrainTokenizer(texts, run);
        return (trained.VocabularySize, trained is BpeTokenizer split ? split.Save : ((CharacterBpeTokenizer)trained).Save);
    };

    /// <summary>WordPiece.</summary>
    public TokenizerTrainer(WordPieceTrainer trainer) => _train = (texts, run) => Parts(trainer.Train(texts, run));

    /// <summary>Unigram.</summary>
    public TokenizerTrainer(UnigramTrainer trainer) => _train = (texts, run) => Parts(trainer.Train(texts, run));

    /// <summary>Trains and writes a tokenizer.json.</summary>
    /// <param name="texts">The texts, each a document of its own; read once.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="threads">Threads; they change speed only.</param>
    /// <param name="progress">Told now and then what is done: the part of the work, how much of it, of how much.</param>
    /// <param name="cancel">Ends the training.</param>
    /// <returns>Tokens in the vocabulary.</returns>
    public int Train(IEnumerable<string> texts, string path, int threads = 1, Action<string, long, long>? progress = null, CancellationToken cancel = default)
    {
        (int tokens, Action<string> save) = _train(texts.Select(TrainingText.Of), new TrainingRun(threads, progress, cancel));
        save(path);
        return tokens;
    }

    private static (int, Action<string>) Parts(TrainedVocabulary trained) => (trained.Tokens.Count, trained.Save);
}

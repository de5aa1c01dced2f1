using System.Security.Cryptography;
using System.Text;
using Kanade.Text;
using Serilog;

namespace Kanade.Corpus;

/// <summary>Text of any size as symbols, in shards of which one at a time is in memory: what PL-BERT is trained on.</summary>
public sealed class PhonemeCorpus
{
    /// <summary>Words that are told apart at most: a word is 16 bits.</summary>
    public const int MostWords = ushort.MaxValue;

    const int UtterancesAShard = 4096;

    readonly Func<int, PhonemeShard> _read;

    internal PhonemeCorpus(string source, int shards, Func<int, PhonemeShard> read, IReadOnlyList<string> words, string hash, bool isSplit) =>
        (Source, Shards, _read, Words, Hash, IsSplit) = (source, shards, read, words, hash, isSplit);

    /// <summary>Where it came from, for messages.</summary>
    public string Source { get; }

    /// <summary>How many there are.</summary>
    public int Shards { get; }

    /// <summary>Its words, the most frequent first; at most <see cref="MostWords"/>.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>SHA-256 over the contents of its shards.</summary>
    public string Hash { get; }

    /// <summary>Whether what is held out was decided before: the texts that draw 0.</summary>
    public bool IsSplit { get; }

    /// <summary>Reads a shard.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public PhonemeShard Read(int shard) => _read(shard);

    /// <summary>The texts of a dataset's training and validation splits, in memory, with the ids that the dataset has. What its frontend made of a word is not
    /// in a dataset: a text that this frontend reads alike has its words from here, another's words are its stretches between marks.</summary>
    /// <exception cref="InvalidDataException">Another symbol table, or no text to train on or to validate with.</exception>
    public static PhonemeCorpus Of(Dataset dataset, FrontendOptions options, ILogger log)
    {
        if (dataset.Description.SymbolTable != SymbolTable.Fingerprint)
            throw new InvalidDataException($"{dataset.Folder}: its ids count in another symbol table than this program's; preprocess the corpus again");
        var utterances = dataset.Utterances(Split.Train).Concat(dataset.Utterances(Split.Validation)).ToArray();
        using var frontend = utterances.Any(u => u.Text.Length > 0) ? JapaneseFrontend.Open(options) : null;
        var (shards, counts, silent, otherwise) = (new List<PhonemeShard>(), new WordCounts(), new List<string>(), 0);
        foreach (var chunk in utterances.Chunk(UtterancesAShard))
        {
            var builder = new PhonemeShardBuilder();
            foreach (var utterance in chunk)
            {
                var read = frontend is null || utterance.Text.Length == 0 ? null : frontend.Phonemize(utterance.Text);
                var words = read is not null && read.Ids.SequenceEqual(utterance.Ids) ? read.Words : null;
                otherwise += words is null ? 1 : 0;
                if (!builder.Add(utterance.Id, utterance.Ids, words, utterance.Split == Split.Validation ? 0 : uint.MaxValue))
                    silent.Add(utterance.Id);
            }
            shards.Add(builder.Build());
            counts.Add(shards[^1]);
        }
        if (silent.Count > 0)
            log.Warning("{Dataset:l}: {Count} utterances are left out, with nothing in them that is spoken: {Ids:l}", dataset.Folder, silent.Count, string.Join(", ", silent.Take(10)));
        if (otherwise > 0)
            log.Information("{Dataset:l}: {Count} of {All} texts are in other symbols than this frontend's: their words are taken to be what stands between two marks", dataset.Folder, otherwise, utterances.Length);
        return new PhonemeCorpus(dataset.Folder, shards.Count, i => shards[i], counts.Top(MostWords), HashOf(shards.Select(s => s.Hash())), isSplit: true);
    }

    /// <summary>SHA-256 over hashes in their order.</summary>
    internal static string HashOf(IEnumerable<string> hashes) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', hashes))));
}

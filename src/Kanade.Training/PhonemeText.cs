using Kanade.Corpus;
using Kanade.Text;
using Kanade.Torch;

namespace Kanade.Training;

/// <summary>A corpus of symbols as PL-BERT's stage sees it: endless training batches from any step on, and the texts held out.</summary>
public sealed class PhonemeText : IStageInput
{
    /// <summary>Shards that are in memory together, and whose sequences are mixed.</summary>
    const int ShardsAWindow = 16;

    /// <summary>Sequences are of whole length, of half and of a quarter, so that short texts are not strange to the network.</summary>
    const int Lengths = 3;

    /// <summary>Shorter ones are not made.</summary>
    const int ShortestSequence = 64;

    static readonly ushort Gap = (ushort)SymbolTable.IdOf(' ');

    readonly PhonemeCorpus _corpus;
    readonly int _positions;
    readonly uint _heldOutBelow;
    readonly Dictionary<string, int> _vocabulary;

    PhonemeText(PhonemeCorpus corpus, int positions, uint heldOutBelow, IReadOnlyList<string> vocabulary)
    {
        (_corpus, _positions, _heldOutBelow, Vocabulary) = (corpus, positions, heldOutBelow, vocabulary);
        _vocabulary = vocabulary.Index().ToDictionary(w => w.Item, w => w.Index, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Hash => _corpus.Hash;

    /// <inheritdoc/>
    public string Table => SymbolTable.Fingerprint;

    /// <summary>The words that the grapheme head tells apart, the most frequent first; empty where no words are known.</summary>
    public IReadOnlyList<string> Vocabulary { get; }

    /// <summary>The texts held out, a sequence each. Of many, those whose draw is smallest: the same whatever the order of the text.</summary>
    public IReadOnlyList<TextRow> HeldOut { get; private set; } = [];

    /// <summary>Symbols to train on, in one epoch.</summary>
    public long TrainingSymbols { get; private set; }

    /// <summary>Reads through the corpus once, for what is held out.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="positions">Symbols of a sequence at most, pads included.</param>
    /// <param name="vocabulary">How many words are told apart at most.</param>
    /// <param name="validationShare">Share of the texts that is held out, where the corpus is not split already; one at least.</param>
    /// <param name="validationTexts">Held-out texts that are looked at.</param>
    /// <exception cref="InvalidDataException">Nothing is left to train on or to validate with.</exception>
    public static PhonemeText Open(PhonemeCorpus corpus, int positions, int vocabulary, double validationShare, int validationTexts)
    {
        var smallest = uint.MaxValue;
        for (var s = 0; s < corpus.Shards && !corpus.IsSplit; s++)
        {
            var shard = corpus.Read(s);
            for (var row = 0; row < shard.Rows; row++)
                smallest = Math.Min(smallest, shard.Draw(row));
        }
        var below = corpus.IsSplit ? 1 : Math.Max((uint)(validationShare * uint.MaxValue), smallest == uint.MaxValue ? smallest : smallest + 1);
        var text = new PhonemeText(corpus, positions, below, [.. corpus.Words.Take(vocabulary)]);
        text.HoldOut(validationTexts);
        if (text.HeldOut.Count == 0 || text.TrainingSymbols == 0)
            throw new InvalidDataException($"{corpus.Source}: too little text: nothing is left to {(text.HeldOut.Count == 0 ? "validate with" : "train on")}; a few more sentences are needed");
        return text;
    }

    /// <summary>Endless batches from a step on; a batch is a function of seed and step, of which each process gets its rows.</summary>
    /// <param name="step">The first.</param>
    /// <param name="batchSize">Sequences of whole length in a batch; of shorter ones as many as fill the same space, padding included.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="processes">Those that share each batch; null for one.</param>
    public IEnumerable<TextBatch> TrainingBatches(long step, int batchSize, long seed, IProcessGroup? processes = null)
    {
        var group = processes ?? SingleProcess.Instance;
        for (var epoch = 0L; ; epoch++)
        {
            var order = Enumerable.Range(0, _corpus.Shards).ToArray();
            Generator(seed, epoch).Shuffle(order);
            foreach (var (number, window) in order.Chunk(ShardsAWindow).Index())
            {
                var shards = window.Select(_corpus.Read).ToArray();
                var batches = Batches(window, shards, batchSize, seed, epoch);
                Generator(seed, epoch, number).Shuffle(batches);
                foreach (var batch in batches.Skip((int)Math.Min(step, batches.Length)))
                {
                    var own = batch.Where((_, i) => i % group.World == group.Rank);
                    var lengths = Array.ConvertAll(batch, s => LengthOf(s.Pieces));
                    yield return TextBatch.Of([.. own.Select(s => RowOf(window[s.Shard], shards[s.Shard], s.Pieces))], lengths.Max(), lengths.Sum());
                }
                step = Math.Max(0, step - batches.Length);
            }
        }
    }

    /// <summary>The symbols of the training texts, pads at both ends, without bits: once, in the order of the text.</summary>
    public IEnumerable<int[]> TrainingTexts()
    {
        for (var s = 0; s < _corpus.Shards; s++)
        {
            var shard = _corpus.Read(s);
            foreach (var row in TrainingRows(shard))
                yield return IdsOf(shard, row);
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }

    /// <summary>The batches of a window, each of sequences of like length, before they are mixed.</summary>
    (int Shard, TextPiece[] Pieces)[][] Batches(int[] window, PhonemeShard[] shards, int batchSize, long seed, long epoch)
    {
        var sequences = new List<(int Shard, TextPiece[] Pieces)>();
        for (var s = 0; s < shards.Length; s++)
        {
            var capacity = _positions >> (int)(CounterSeed.Of(seed, epoch, window[s], 1) % Lengths);
            if (capacity < ShortestSequence)
                capacity = _positions;
            var rows = TrainingRows(shards[s]).ToArray();
            var shard = s;
            sequences.AddRange(TextPacking.Pack([.. rows.Select(r => shards[shard].Length(r))], capacity, _positions)
                .Select(pieces => (shard, Array.ConvertAll(pieces, p => p with { Row = rows[p.Row] }))));
        }
        var drawn = sequences.ToArray();
        Generator(seed, epoch, window[0]).Shuffle(drawn);
        return [.. TextPacking.Alike(drawn, s => LengthOf(s.Pieces), batchSize * _positions)];
    }

    static int LengthOf(TextPiece[] pieces) => pieces.Sum(p => p.Length) + pieces.Length - 1 + TextPacking.Ends;

    TextRow RowOf(int number, PhonemeShard shard, TextPiece[] pieces)
    {
        var symbols = new ushort[LengthOf(pieces)];
        var graphemes = new int[symbols.Length];
        Array.Fill(graphemes, -1);
        symbols.AsSpan().Fill(Gap);
        symbols[0] = symbols[^1] = (ushort)SymbolTable.Pad;
        var at = 1;
        foreach (var piece in pieces)
        {
            shard.Symbols(piece.Row).Slice(piece.Start, piece.Length).CopyTo(symbols.AsSpan(at));
            var words = shard.Words(piece.Row).Slice(piece.Start, piece.Length);
            for (var i = 0; i < words.Length; i++)
                graphemes[at + i] = words[i] == 0 ? -1 : _vocabulary.GetValueOrDefault(shard.Surfaces[words[i] - 1], -1);
            at += piece.Length + 1;
        }
        return new TextRow(shard.Name(pieces[0].Row, number), symbols, graphemes);
    }

    void HoldOut(int texts)
    {
        // The largest draw comes out first. In a corpus that is split already all draw alike, and the first ones stay.
        var kept = new PriorityQueue<(int Shard, int Row, uint Draw), (long, int, int)>();
        var draws = new HashSet<uint>();
        for (var s = 0; s < _corpus.Shards; s++)
        {
            var shard = _corpus.Read(s);
            for (var row = 0; row < shard.Rows; row++)
            {
                var draw = shard.Draw(row);
                if (draw >= _heldOutBelow)
                    TrainingSymbols += shard.Length(row);
                else if (_corpus.IsSplit || draws.Add(draw)) // one sentence counts once
                    kept.Enqueue((s, row, draw), (-(long)draw, -s, -row));
                if (kept.Count > texts)
                    draws.Remove(kept.Dequeue().Draw);
            }
        }
        HeldOut = [.. kept.UnorderedItems.Select(i => i.Element).Order().GroupBy(e => e.Shard).SelectMany(group =>
        {
            var shard = _corpus.Read(group.Key);
            return group.Select(e => RowOf(e.Shard, shard, [new TextPiece(e.Row, 0, Math.Min(shard.Length(e.Row), _positions - TextPacking.Ends))]));
        })];
    }

    IEnumerable<int> TrainingRows(PhonemeShard shard) => Enumerable.Range(0, shard.Rows).Where(row => shard.Draw(row) >= _heldOutBelow);

    static int[] IdsOf(PhonemeShard shard, int row)
    {
        var ids = new int[shard.Length(row) + TextPacking.Ends];
        var symbols = shard.Symbols(row);
        for (var i = 0; i < symbols.Length; i++)
            ids[i + 1] = symbols[i] & PhonemeShard.IdBits;
        return ids;
    }

    static Random Generator(long seed, params ReadOnlySpan<long> words) => new((int)(CounterSeed.Of(seed, words) & int.MaxValue));
}

namespace Kanade.Text;

/// <summary>Readings of single words put right by a table, <c>corrections.tsv</c>, whose head tells its columns.</summary>
internal static class Corrections
{
    sealed record Correction(string Said, string[] Is, Neighbour Before, Neighbour Next, string Says, int? Nucleus)
    {
        public bool Fits(Word word, Word? before, Word? next) =>
            (Said == Any || Said == word.Pronunciation) && IsA(word, Is) && Before.Fits(before) && Next.Fits(next);
    }

    /// <summary>What a word beside may be.</summary>
    sealed class Neighbour
    {
        readonly bool _any, _not, _edge;
        readonly HashSet<string> _surfaces = new(StringComparer.Ordinal);
        readonly List<string[]> _kinds = [];

        public Neighbour(string cell)
        {
            foreach (var item in cell.Split(' '))
            {
                switch (item)
                {
                    case Any:
                        _any = true;
                        break;
                    case "!":
                        _not = true;
                        break;
                    case "^":
                        _edge = true;
                        break;
                    case [':', .. var kind]:
                        _kinds.Add(kind.Split(','));
                        break;
                    default:
                        _surfaces.Add(item);
                        break;
                }
            }
        }

        public bool Fits(Word? word) => _any || _not != (word is null ? _edge : (_edge && word.IsPause) || _surfaces.Contains(word.Surface) || _kinds.Exists(kind => IsA(word, kind)));
    }

    const string Any = "*";

    static readonly Dictionary<string, Correction[]> Table = Read();

    public static void Apply(Word word, Word? before, Word? next)
    {
        if (Table.TryGetValue(word.Surface, out var corrections) && Array.Find(corrections, correction => correction.Fits(word, before, next)) is { } found)
            word.Say(found.Says, found.Nucleus ?? word.Nucleus);
    }

    static bool IsA(Word word, string[] kind) =>
        (kind[0] == Any || kind[0] == word.Pos) && (kind.Length < 2 || kind[1] == Any || kind[1] == word.Group1) && (kind.Length < 3 || kind[2] == word.Group2);

    static Dictionary<string, Correction[]> Read()
    {
        using var reader = new StreamReader(typeof(Corrections).Assembly.GetManifestResourceStream("corrections.tsv")!);
        return reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t'))
            .SelectMany(cells => cells[0].Split(' ').Select(surface => (surface, new Correction(cells[1], cells[2].Split(','), new(cells[3]), new(cells[4]), cells[5], cells[6] == "=" ? null : int.Parse(cells[6], System.Globalization.CultureInfo.InvariantCulture)))))
            .GroupBy(pair => pair.surface, pair => pair.Item2, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }
}

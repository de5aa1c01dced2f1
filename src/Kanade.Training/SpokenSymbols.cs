using Kanade.Text;

namespace Kanade.Training;

/// <summary>How short a symbol may be when it is spoken from text.</summary>
static class SpokenSymbols
{
    /// <returns>Aligner frames: a mark or pad of the dataset's durations may last none, anything else lasts one at least.</returns>
    public static long ShortestFrames(int id, AlignmentSource alignment) =>
        alignment == AlignmentSource.Dataset && (id == SymbolTable.Pad || SymbolGroups.IsMark(id)) ? 0 : 1;
}
